/** What the machine is doing, from /proc where there is one; elsewhere what Node knows, with zeros for the rest. */
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';

export interface MachineUse {
  readonly cpu_percent: number;
  readonly cpu_count: number;
  readonly memory_used_bytes: number;
  readonly memory_available_bytes: number;
  readonly memory_percent: number;
  readonly disk_read_mb_s: number;
  readonly disk_write_mb_s: number;
  readonly net_sent_mb_s: number;
  readonly net_recv_mb_s: number;
}

interface Counters {
  /** Unix milliseconds. */
  readonly at: number;
  readonly busy: number;
  readonly total: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

const SECTOR_BYTES = 512;
const MEGABYTE = 1024 ** 2;
/** Whole disks; partitions and mappings would count the same bytes again. */
const DISK = /^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;

/** Each call answers the use since the one before; the first call has no rates yet and answers zeros for them. */
export function createMachineReader(now: () => number): () => Promise<MachineUse> {
  let before: Counters | null = null;
  return async () => {
    const [counters, memory] = await Promise.all([readCounters(now()), readMemory()]);
    const last = before ?? counters;
    before = counters;
    const seconds = Math.max((counters.at - last.at) / 1000, 0.001);
    const rate = (name: 'readBytes' | 'writtenBytes' | 'sentBytes' | 'receivedBytes') =>
      counters === last ? 0 : Math.max(0, counters[name] - last[name]) / MEGABYTE / seconds;
    const ticks = counters.total - last.total;
    const used = memory.total - memory.available;
    return {
      cpu_percent: ticks <= 0 ? 0 : clamp((100 * (counters.busy - last.busy)) / ticks),
      cpu_count: availableParallelism(),
      memory_used_bytes: used,
      memory_available_bytes: memory.available,
      memory_percent: clamp((100 * used) / memory.total),
      disk_read_mb_s: rate('readBytes'),
      disk_write_mb_s: rate('writtenBytes'),
      net_sent_mb_s: rate('sentBytes'),
      net_recv_mb_s: rate('receivedBytes'),
    };
  };
}

async function readCounters(at: number): Promise<Counters> {
  const [stat, disks, network] = await Promise.all([
    read('/proc/stat'),
    read('/proc/diskstats'),
    read('/proc/net/dev'),
  ]);
  const disk = diskBytes(disks);
  const net = networkBytes(network);
  return {
    at,
    ...(stat === '' ? nodeTicks() : cpuTicks(stat)),
    readBytes: disk.read,
    writtenBytes: disk.written,
    sentBytes: net.sent,
    receivedBytes: net.received,
  };
}

export function cpuTicks(stat: string): { busy: number; total: number } {
  // user nice system idle iowait irq softirq steal; guest time is part of user already.
  const ticks = (stat.split('\n', 1)[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total };
}

function nodeTicks(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    total += all;
    busy += all - times.idle;
  }
  return { busy, total };
}

export function diskBytes(diskstats: string): { read: number; written: number } {
  let read = 0;
  let written = 0;
  for (const line of diskstats.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (!DISK.test(fields[2] ?? '')) continue;
    read += Number(fields[5]) * SECTOR_BYTES;
    written += Number(fields[9]) * SECTOR_BYTES;
  }
  return { read, written };
}

export function networkBytes(dev: string): { sent: number; received: number } {
  let sent = 0;
  let received = 0;
  for (const line of dev.split('\n')) {
    const [name, rest] = line.split(':');
    if (rest === undefined || name === undefined || name.trim() === 'lo') continue;
    const fields = rest.trim().split(/\s+/);
    received += Number(fields[0]);
    sent += Number(fields[8]);
  }
  return { sent, received };
}

async function readMemory(): Promise<{ total: number; available: number }> {
  const text = await read('/proc/meminfo');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const total = kilobytes('MemTotal') * 1024;
  const available = kilobytes('MemAvailable') * 1024;
  return Number.isFinite(total) && Number.isFinite(available)
    ? { total, available }
    : { total: totalmem(), available: freemem() };
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
