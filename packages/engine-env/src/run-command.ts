import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface CommandResult {
  /** Exit status; 127 when the program is missing, 1 when a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onErrorLine?: (line: string) => void;
}

/**
 * Runs a program to its end in a process group of its own, which an abort ends as a whole.
 * Files it makes are readable by other users, since the engine may run as one.
 * @throws the signal's reason when aborted
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = spawn('sh', ['-c', 'umask 022; exec "$@"', 'sh', program, ...args], {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const endGroup = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
  };
  options.signal?.addEventListener('abort', endGroup, { once: true });
  // A Ctrl+C of the terminal no longer reaches the child's own group.
  process.once('exit', endGroup);
  try {
    let stdout = '';
    const errorLines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    const errors = createInterface({ input: child.stderr });
    errors.on('line', (line) => {
      errorLines.push(line);
      options.onErrorLine?.(line);
    });
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
    options.signal?.throwIfAborted();
    return { status, stdout, stderr: errorLines.join('\n') };
  } finally {
    options.signal?.removeEventListener('abort', endGroup);
    process.removeListener('exit', endGroup);
  }
}
