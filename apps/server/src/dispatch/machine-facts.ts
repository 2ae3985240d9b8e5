/** What the kernel counts of processes it killed for memory; 0 where it does not tell. */
import { readFileSync } from 'node:fs';

export function countMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
