/** What the kernel says of a process. On Linux from /proc; elsewhere from ps, without usage. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
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

/**
 * Holds the task that leads this process group where it is, or lets it go on. Unlike niceness, which may not be
 * lowered again without rights, this can be taken back.
 */
export function holdGroup(leader: number, held: boolean): void {
  signalGroup(leader, held ? 'SIGSTOP' : 'SIGCONT');
}

/** Asks a process group to end; one that is held could not hear it. */
export function endGroup(leader: number): void {
  signalGroup(leader, 'SIGTERM');
  signalGroup(leader, 'SIGCONT');
}
