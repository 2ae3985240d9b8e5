/** What the kernel says of a process. On Linux from /proc; elsewhere from ps, without usage. */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { promisify } from 'node:util';

/** USER_HZ, which Linux fixes at 100 for what it shows to programs. */
const TICKS_PER_SECOND = 100;

export interface ProcessFacts {
  /** pid + this names a process uniquely since boot. */
  readonly started: string;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** Null when there is no such process, or only its zombie. */
export async function processFacts(pid: number): Promise<ProcessFacts | null> {
  if (process.platform !== 'linux') return await factsFromPs(pid);
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The name stands in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, utime, stime, started] = [fields[0], fields[11], fields[12], fields[19]];
    if (state === 'Z' || state === 'X' || !started) return null;
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return {
      started,
      cpuSeconds: (Number(utime) + Number(stime)) / TICKS_PER_SECOND,
      peakRssBytes: Number(peak ?? 0) * 1024,
    };
  } catch {
    return null;
  }
}

async function factsFromPs(pid: number): Promise<ProcessFacts | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,rss=,lstart=', '-p', String(pid)]);
    const [state, rss, ...started] = stdout.trim().split(/\s+/);
    if (!state || state.startsWith('Z')) return null;
    return { started: started.join(' '), cpuSeconds: 0, peakRssBytes: Number(rss) * 1024 };
  } catch {
    return null;
  }
}

/** Whether exactly that process lives: a pid alone is given again. */
export async function isAlive(pid: number, started: string): Promise<boolean> {
  return (await processFacts(pid))?.started === started;
}

/** Signals a process group; a group that is gone already is fine. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Below any task's own niceness: what makes way gets what others leave. */
const LOWEST_NICE = 19;

/**
 * Lets all threads of a process run only when nobody else wants the core. Cannot be taken back without rights.
 * The process leads a session, which the kernel weighs as one by its autogroup; where there are none, threads count.
 */
export async function makeWay(pid: number): Promise<void> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [String(pid)]);
  for (const thread of threads) {
    try {
      setPriority(Number(thread), LOWEST_NICE);
    } catch (error) {
      // It has ended meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error;
    }
  }
  await writeFile(`/proc/${pid}/autogroup`, String(LOWEST_NICE)).catch(() => undefined);
}
