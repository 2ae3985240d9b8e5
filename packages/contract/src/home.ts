/** Where Minori keeps its things. Node side only: not part of the index that browsers import. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * MINORI_HOME: database, files and connection.json. PostgreSQL refuses to run as root and its own
 * user cannot enter /root, so root's home lies in /var/lib.
 */
export function minoriHome(env: Environment = process.env, uid = process.getuid?.()): string {
  if (env['MINORI_HOME']) return resolve(env['MINORI_HOME']);
  if (uid === 0) return '/var/lib/minori';
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'minori');
}

/** Shared by all homes of this machine: the engine's environments, PostgreSQL's binaries. */
export function minoriCache(env: Environment = process.env, uid = process.getuid?.()): string {
  if (env['MINORI_CACHE']) return resolve(env['MINORI_CACHE']);
  if (uid === 0) return '/var/cache/minori';
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'minori');
}
