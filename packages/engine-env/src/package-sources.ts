import { existsSync } from 'node:fs';
import { runCommand } from './run-command.ts';
import type { Interpreter } from './find-python.ts';

export interface PackageSources {
  /** Arguments for `uv pip install` and `uv pip compile`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Says to uv what pip is configured with (index, extra indexes, wheel folders, certificate), which uv itself does
 * not read; and, above all, where torch comes from: `MINORI_TORCH_INDEX` is an index URL, a folder of wheels, or one
 * of uv's backend names (`cpu`, `cu130`, `auto`).
 */
export async function packageSources(
  python: Interpreter,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<PackageSources> {
  const { status, stdout } = await runCommand(python.path, ['-m', 'pip', 'config', 'list'], { env, signal });
  // A Python without pip still stands in an environment that was set up for pip.
  return toUvArguments(status === 0 ? parsePipConfig(stdout) : pipVariables(env), env);
}

/** `PIP_FIND_LINKS` and the like, under the names of pip's configuration. */
export function pipVariables(env: NodeJS.ProcessEnv): Map<string, string> {
  const variables = Object.entries(env).filter(([name, value]) => name.startsWith('PIP_') && value);
  return new Map(
    variables.map(([name, value]) => [name.slice('PIP_'.length).toLowerCase().replaceAll('_', '-'), value ?? '']),
  );
}

/** The sections of pip's configuration that hold for `pip install`, weakest first. */
const SECTIONS = ['global', 'install', ':env:'];

/** Reads the `section.name='value'` lines of `pip config list`. */
export function parsePipConfig(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const section of SECTIONS) {
    for (const line of text.split('\n').filter((candidate) => candidate.startsWith(`${section}.`))) {
      const match = /^([\w-]+)=(['"])(.*)\2$/.exec(line.slice(section.length + 1).trim());
      if (match) settings.set(match[1] ?? '', (match[3] ?? '').replaceAll('\\n', ' ').trim());
    }
  }
  return settings;
}

export function toUvArguments(pip: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): PackageSources {
  const words = (name: string) => (pip.get(name) ?? '').split(/\s+/).filter(Boolean);
  const args: string[] = [];
  // pip takes the best version over all indexes; uv's default stops at the first index that knows a name.
  let manyIndexes = false;
  const [index] = words('index-url');
  if (index && !env['UV_DEFAULT_INDEX']) args.push('--default-index', index);
  for (const extra of words('extra-index-url').filter(isReachable)) {
    args.push('--index', extra);
    manyIndexes = true;
  }
  for (const folder of words('find-links').filter(isReachable)) args.push('--find-links', folder);

  const torch = env['MINORI_TORCH_INDEX'];
  if (torch && /^(auto|cpu|cu\d+|rocm[\d.]+|xpu)$/.test(torch)) args.push('--torch-backend', torch);
  else if (torch && existsSync(torch)) args.push('--find-links', torch);
  else if (torch) {
    args.push('--index', torch);
    manyIndexes = true;
  }
  if (manyIndexes) args.push('--index-strategy', 'unsafe-best-match');

  const [certificate] = words('cert');
  return { args, env: certificate && !env['SSL_CERT_FILE'] ? { SSL_CERT_FILE: certificate } : {} };
}

/** pip skips a missing local folder with a warning; uv would stop. */
function isReachable(location: string): boolean {
  if (location.startsWith('file://')) return existsSync(decodeURIComponent(new URL(location).pathname));
  return /^[a-z+]+:\/\//.test(location) || existsSync(location);
}
