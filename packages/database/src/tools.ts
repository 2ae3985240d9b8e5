/** Runs psql, pg_dump and pg_restore without showing a password in the list of processes. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export class ToolError extends Error {
  readonly tool: string;
  readonly detail: string;
  constructor(tool: string, exit: number | string, detail: string) {
    super(`${tool} ended with ${exit}: ${detail}`);
    this.name = 'ToolError';
    this.tool = tool;
    this.detail = detail;
  }
}

export type Tool = {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves when it ended well, else throws ToolError with the end of what it said. */
  done: Promise<void>;
};

/** `url` goes to --dbname less its password, which goes to the environment. */
export function startTool(
  binDir: string,
  tool: 'pg_dump' | 'pg_restore' | 'psql',
  args: readonly string[],
  url?: string,
): Tool {
  const [, scheme, user, password, rest] = /^([a-z]+:\/\/)([^:/?@]*):([^@/]*)@(.*)$/s.exec(url ?? '') ?? [];
  const plain = password === undefined ? url : `${scheme}${user}@${rest}`;
  const child = spawn(join(binDir, tool), [...args, ...(plain === undefined ? [] : ['--dbname', plain])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      LC_ALL: 'C',
      PGCLIENTENCODING: 'UTF8',
      ...(password === undefined ? {} : { PGPASSWORD: decodeURIComponent(password) }),
    },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(new ToolError(tool, 'no start', error.message)));
    child.on('close', (code, signal) =>
      code === 0 ? resolve() : reject(new ToolError(tool, code ?? signal ?? '?', said)),
    );
  });
  // Whoever pipes into a tool that has left learns why from `done`.
  child.stdin.on('error', () => undefined);
  done.catch(() => undefined);
  return { child, done };
}
