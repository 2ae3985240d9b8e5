/** Where what is downloaded once and shared by all homes of a user lies. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** MINORI_CACHE, or the usual cache folder; for root one that the accounts it starts can reach. */
export function defaultCache(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment['MINORI_CACHE'];
  if (given !== undefined && given !== '') return given;
  if (process.getuid?.() === 0) return '/var/cache/minori';
  const base = environment['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'minori');
}
