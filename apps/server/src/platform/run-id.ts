import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** A new RunContext name, `YYYYMMDD-HHMMSS-<6hex>`, in UTC. */
export function newRunId(clock: Clock): string {
  const [date, time] = new Date(clock.now()).toISOString().slice(0, 19).split('T');
  return `${date?.replaceAll('-', '')}-${time?.replaceAll(':', '')}-${randomBytes(3).toString('hex')}`;
}
