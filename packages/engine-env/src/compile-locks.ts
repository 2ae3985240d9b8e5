import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureUv } from './ensure-uv.ts';
import { findPython } from './find-python.ts';
import { installProblem } from './install-problem.ts';
import { runCommand } from './run-command.ts';

export interface CompileLocksOptions {
  readonly cacheDir: string;
  readonly engineDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Take the newest allowed version of everything instead of keeping what is pinned. */
  readonly upgrade: boolean;
}

/**
 * Writes requirements.lock and requirements-dev.lock from their .in files, for every platform, with hashes.
 * torch alone has none: a CPU or CUDA build is another file with the same version.
 */
export async function compileLocks({ cacheDir, engineDir, env, upgrade }: CompileLocksOptions): Promise<void> {
  const python = await findPython(env);
  const uv = await ensureUv({ cacheDir, lockFile: join(engineDir, 'requirements-uv.lock'), python, env });
  for (const set of ['requirements', 'requirements-dev']) {
    const lock = join(engineDir, `${set}.lock`);
    const args = ['pip', 'compile', '--no-config', '--quiet', '--universal', '--python-version', '3.11'];
    args.push('--generate-hashes', '--no-header', '--no-emit-index-url', '--no-emit-find-links');
    if (upgrade) args.push('--upgrade');
    const result = await runCommand(uv, [...args, `${set}.in`, '-o', `${set}.lock`], { env, cwd: engineDir });
    if (result.status !== 0) throw installProblem(result.stderr);
    const text = await readFile(lock, 'utf8');
    await writeFile(`${lock}.new`, withoutHashesOf('torch', text));
    await rename(`${lock}.new`, lock);
  }
}

export function withoutHashesOf(name: string, lock: string): string {
  return lock.replace(new RegExp(`^(${name}==[^\\s\\\\]+)(?: \\\\\\n +--hash=\\S+)+`, 'm'), '$1');
}
