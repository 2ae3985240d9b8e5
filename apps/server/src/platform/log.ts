/** JSON lines in home/logs/server.log, without secrets, rotated by size. */
import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { LoggingConfig } from './config.ts';

/** What a module needs to write to the log. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

const SECRETS = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'key',
  'secret',
  'authorization',
  'cookie',
  '["x-api-key"]',
  '["set-cookie"]',
  'databaseUrl',
];
const REDACTED = SECRETS.flatMap((name) =>
  name.startsWith('[') ? [name, `*${name}`, `*.*${name}`] : [name, `*.${name}`, `*.*.${name}`],
);
const ROTATION_CHECK_MS = 60_000;

export interface LogFile {
  readonly log: Logger;
  close(): void;
}

export function openLog(folder: string, config: LoggingConfig): LogFile {
  const file = join(folder, 'server.log');
  rotateWhenLarge(file, config);
  // Synchronous: few lines are written, and the last ones before a crash are those that matter.
  const destination = pino.destination({ dest: file, sync: true, mkdir: true, mode: 0o600 });
  // A full disk must not end the process: what cannot be logged is dropped.
  destination.on('error', () => {});
  const timer = setInterval(() => {
    if (rotateWhenLarge(file, config)) destination.reopen(file);
  }, ROTATION_CHECK_MS);
  timer.unref();
  return {
    log: createLogger(config.level, destination),
    close() {
      clearInterval(timer);
      destination.end();
    },
  };
}

export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: REDACTED, censor: '[redacted]' } },
    destination,
  );
}

/** server.log -> server.log.1 -> … -> server.log.<keep>; answers whether it moved. */
function rotateWhenLarge(file: string, { max_bytes: maxBytes, keep }: LoggingConfig): boolean {
  try {
    if (statSync(file).size < maxBytes) return false;
  } catch {
    return false;
  }
  rmSync(`${file}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 0; number--) {
    const from = number === 0 ? file : `${file}.${number}`;
    try {
      renameSync(from, `${file}.${number + 1}`);
    } catch {
      // A gap in the numbers is no reason to stop.
    }
  }
  return true;
}
