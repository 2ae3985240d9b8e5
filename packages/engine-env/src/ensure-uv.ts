import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '@minori/contract';
import type { Interpreter } from './find-python.ts';
import { installProblem } from './install-problem.ts';
import { runCommand } from './run-command.ts';

export interface EnsureUvOptions {
  readonly cacheDir: string;
  /** Pins uv's version and hashes. */
  readonly lockFile: string;
  readonly python: Interpreter;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The path of the pinned uv, fetched once into the cache with pip; where Python has no pip, of a venv's own pip, and
 * where it cannot make one either, of the uv on PATH.
 * @throws ProblemError engine_pip_missing, or what `installProblem` names
 */
export async function ensureUv(options: EnsureUvOptions): Promise<string> {
  const { cacheDir, lockFile, python, env, signal } = options;
  const version = /^uv==([\w.]+)/m.exec(await readFile(lockFile, 'utf8'))?.[1] ?? 'unknown';
  const home = join(cacheDir, `uv-${version}`);
  const binary = join(home, 'bin', 'uv');
  if (existsSync(binary)) return binary;

  const building = `${home}.${process.pid}-${randomBytes(4).toString('hex')}`;
  const venv = `${building}-pip`;
  try {
    const pip = await findPip(python, venv, env, signal);
    if (pip === null) {
      if ((await runCommand('uv', ['--version'], { env, signal })).status === 0) return 'uv';
      throw new ProblemError('engine_pip_missing', 503, { python: python.path });
    }
    const args = ['install', '--quiet', '--no-input', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    const result = await runCommand(
      pip,
      [
        '-m',
        'pip',
        ...args,
        '--disable-pip-version-check',
        '--root-user-action=ignore',
        '--target',
        building,
        '-r',
        lockFile,
      ],
      { env, signal },
    );
    if (result.status !== 0) throw installProblem(result.stderr);
    // Somebody else may have been faster; theirs is as good.
    await rename(building, home).catch((error: unknown) => {
      if (!existsSync(binary)) throw error;
    });
    return binary;
  } finally {
    await rm(building, { recursive: true, force: true });
    await rm(venv, { recursive: true, force: true });
  }
}

/** An interpreter that has pip: Python itself, or a throw-away venv of it. */
async function findPip(python: Interpreter, venv: string, env: NodeJS.ProcessEnv, signal?: AbortSignal) {
  const hasPip = await runCommand(python.path, ['-m', 'pip', '--version'], { env, signal });
  if (hasPip.status === 0) return python.path;
  const made = await runCommand(python.path, ['-m', 'venv', venv], { env, signal });
  return made.status === 0 ? join(venv, 'bin', 'python') : null;
}
