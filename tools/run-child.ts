import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** Node 24 first, so that the `#!/usr/bin/env node` of every tool finds it. */
const PATH = [dirname(process.execPath), join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);

/** Between being asked to end and being killed. */
const GRACE_MS = 20_000;

/**
 * Runs a program with its output streamed to ours, and passes on the signals that end us. It leads a process group
 * of its own: past the limit, and when it ends, everything that it has left behind goes with it.
 * @param options.limitSeconds null: as long as it takes
 * @returns the exit status; 1 when a signal ended it
 */
export async function runChild(
  program: string,
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>;
    readonly cwd?: string;
    readonly limitSeconds?: number | null;
  } = {},
): Promise<number> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, PATH, ...options.env },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const signalAll = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const timers: NodeJS.Timeout[] = [];
  const limit = options.limitSeconds ?? null;
  if (limit !== null)
    timers.push(
      setTimeout(() => {
        process.stderr.write(`\n${program} has taken ${limit} s, which is too long: it is ended\n`);
        signalAll('SIGTERM');
        timers.push(setTimeout(() => signalAll('SIGKILL'), GRACE_MS));
      }, limit * 1000),
    );
  const passOn = (signal: NodeJS.Signals) => signalAll(signal);
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn);
    for (const timer of timers) clearTimeout(timer);
    signalAll('SIGKILL');
  }
}
