import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, realpath, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProblemError } from '@minori/contract';
import { minoriCache } from '@minori/contract/home';
import { ensureUv } from './ensure-uv.ts';
import { findPython } from './find-python.ts';
import { installProblem } from './install-problem.ts';
import { packageSources } from './package-sources.ts';
import { type EngineProgress, uvProgressReader } from './progress.ts';
import { runCommand } from './run-command.ts';

export type { EngineProgress } from './progress.ts';

export interface EngineEnv {
  /** The environment's interpreter. */
  readonly python: string;
  /** First 12 hex digits of the SHA-256 of the lock files. */
  readonly lockHash: string;
  /** `python` and each package that requirements.in names. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface EnsureEngineOptions {
  /** Default: `minoriCache()`. */
  readonly cacheDir?: string;
  /** Folder of requirements.in and requirements.lock; default: this checkout's engine/. */
  readonly engineDir?: string;
  /** With pytest and ruff, in an environment of its own. */
  readonly dev?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (progress: EngineProgress) => void;
  readonly signal?: AbortSignal;
}

const MANIFEST = 'minori-engine.json';
const NEEDED_BYTES = 3 * 2 ** 30;
const ENGINE_DIR = fileURLToPath(new URL('../../../engine', import.meta.url));

/**
 * The engine's virtual environment, installed if it is not there yet. It is built under a name of its own and renamed
 * when it works, so a killed or a second installer never leaves half of one; uv's cache keeps what was downloaded.
 * @throws ProblemError engine_python_missing | engine_pip_missing | engine_disk_full | engine_no_network |
 *   engine_cache_not_writable | engine_package_missing | engine_package_altered | engine_install_failed
 */
export async function ensureEngine(options: EnsureEngineOptions = {}): Promise<EngineEnv> {
  const existing = await engineState(options);
  if (existing) return existing;
  const place = await describe(options);
  const { env, signal, report, cacheDir } = place;

  await makeRoom(cacheDir);
  await removeAbandoned(cacheDir);
  const python = await findPython(env, signal);
  report({ phase: 'uv', package: 'uv', fraction: 0 });
  const uv = await ensureUv({ cacheDir, lockFile: join(place.engineDir, 'requirements-uv.lock'), python, env, signal });
  report({ phase: 'resolve', package: null, fraction: 0.05 });
  const sources = await packageSources(python, env, signal);
  const uvEnv = { ...env, ...sources.env, UV_CACHE_DIR: join(cacheDir, 'uv'), UV_NO_PROGRESS: '1', NO_COLOR: '1' };

  const building = `${place.home}.building-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    const uvRun = async (...args: string[]) => {
      const onErrorLine = uvProgressReader(report);
      const result = await runCommand(uv, args, { env: uvEnv, cwd: place.engineDir, signal, onErrorLine });
      if (result.status !== 0) throw installProblem(result.stderr);
    };
    await uvRun('venv', '--no-config', '--relocatable', '--python', python.path, building);
    const files = place.sets.flatMap((set) => ['-r', `${set}.in`, '-c', `${set}.lock`]);
    await uvRun('pip', 'install', '--no-config', '--python', pythonOf(building), ...files, ...sources.args);
    report({ phase: 'verify', package: null, fraction: 0.96 });
    const versions = await verify(pythonOf(building), place.engineDir, env, signal);
    await writeFile(join(building, MANIFEST), `${JSON.stringify({ lockHash: place.lockHash, versions }, null, 2)}\n`);
    await moveInto(place.home, building);
    report({ phase: 'verify', package: null, fraction: 1 });
    return { python: pythonOf(place.home), lockHash: place.lockHash, versions };
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** The environment if it is installed and its base interpreter still exists, else null. Installs nothing. */
export async function engineState(options: EnsureEngineOptions = {}): Promise<EngineEnv | null> {
  const { home, lockHash } = await describe(options);
  const manifest = await readManifest(home);
  if (!manifest) return null;
  const base = await realpath(pythonOf(home)).catch(() => null);
  if (base === null) {
    // Python was upgraded away from under it.
    await rm(home, { recursive: true, force: true });
    return null;
  }
  return { python: pythonOf(home), lockHash, versions: manifest.versions };
}

async function describe(options: EnsureEngineOptions) {
  const env = options.env ?? process.env;
  const engineDir = options.engineDir ?? ENGINE_DIR;
  const cacheDir = options.cacheDir ?? minoriCache(env);
  const sets = options.dev ? ['requirements', 'requirements-dev'] : ['requirements'];
  const hash = createHash('sha256');
  for (const set of sets) hash.update(await readFile(join(engineDir, `${set}.lock`)));
  // Another source of torch is another environment.
  if (env['MINORI_TORCH_INDEX']) hash.update(env['MINORI_TORCH_INDEX']);
  const lockHash = hash.digest('hex').slice(0, 12);
  const home = join(cacheDir, `engine-${options.dev ? 'dev-' : ''}${lockHash}`);
  const report = options.onProgress ?? (() => {});
  return { env, engineDir, cacheDir, sets, lockHash, home, report, signal: options.signal };
}

async function moveInto(home: string, building: string): Promise<void> {
  try {
    await rename(building, home);
  } catch (error) {
    // Another installer was faster and its environment is as good; anything else there is of no use.
    if (await readManifest(home)) return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    await rm(home, { recursive: true, force: true });
    await rename(building, home);
  }
}

const pythonOf = (home: string) => join(home, 'bin', 'python');

async function readManifest(home: string): Promise<{ versions: Record<string, string> } | null> {
  try {
    return JSON.parse(await readFile(join(home, MANIFEST), 'utf8')) as { versions: Record<string, string> };
  } catch {
    return null;
  }
}

async function makeRoom(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new ProblemError('engine_cache_not_writable', 500, { path: cacheDir, detail: String(error) });
  }
  const { bavail, bsize } = await statfs(cacheDir);
  if (bavail * bsize < NEEDED_BYTES)
    throw new ProblemError('engine_disk_full', 507, { path: cacheDir, free: bavail * bsize, needed: NEEDED_BYTES });
}

/** Removes what installers that were killed have left. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const pid = /\.(?:building-)?(\d+)-[0-9a-f]{8}(?:-pip)?$/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const VERIFY = `
import importlib.metadata as m, json, re, sys
names = [n for l in open(sys.argv[1]) if (n := re.match(r"[A-Za-z0-9_.-]+", l.strip()))]
versions = {n.group(): m.version(n.group()) for n in names}
if "torch" in versions:
    import torch
print(json.dumps({"python": sys.version.split()[0], **versions}))
`;

async function verify(python: string, engineDir: string, env: NodeJS.ProcessEnv, signal?: AbortSignal) {
  const result = await runCommand(python, ['-c', VERIFY, join(engineDir, 'requirements.in')], { env, signal });
  if (result.status !== 0) throw installProblem(result.stderr);
  return JSON.parse(result.stdout) as Record<string, string>;
}
