/** Reading and ending an attempt's events.jsonl: append-only lines, of which the last may be torn. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExitedEvent, type TaskDocument, type TaskEvent, taskEvent } from '@minori/contract';

export const EVENTS_FILE = 'events.jsonl';
export const TASK_FILE = 'task.json';

/** Longest line that is read; a longer one is skipped and counted as malformed. */
const MOST_LINE_BYTES = 1 << 20;
const CHUNK_BYTES = 256 << 10;
const NEWLINE = 0x0a;

/** How far a spool has been read: everything up to `seq`, which ends at byte `offset`. */
export interface SpoolPosition {
  readonly offset: number;
  readonly seq: number;
}

export const SPOOL_START: SpoolPosition = { offset: 0, seq: 0 };

export interface SpoolBatch {
  /** In order, each seq once, all greater than the position's. */
  readonly records: readonly TaskEvent[];
  readonly position: SpoolPosition;
  /** Complete lines that are no records: a task's library may have written into the file. */
  readonly malformed: number;
  /** There is more to read now. */
  readonly more: boolean;
}

/**
 * Reads on from `from`, at most about `bytes` at a time, so that memory stays bounded whatever a
 * task writes. A torn last line is left for the next read. A missing file reads as an empty one.
 */
export async function readSpool(folder: string, from: SpoolPosition, bytes = CHUNK_BYTES): Promise<SpoolBatch> {
  let file: FileHandle;
  try {
    file = await open(join(folder, EVENTS_FILE), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { records: [], position: from, malformed: 0, more: false };
    throw error;
  }
  try {
    const left = (await file.stat()).size - from.offset;
    if (left <= 0) return { records: [], position: from, malformed: 0, more: false };
    // Most reads find a few hundred bytes: a buffer of the whole limit would cost more than the reading.
    const chunk = await readChunk(file, from.offset, Math.min(bytes, left));
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0 && chunk.length >= MOST_LINE_BYTES) return await skipLine(file, from);
    const parsed = parseLines(chunk.subarray(0, end), from.seq);
    const position = { offset: from.offset + end, seq: parsed.seq };
    const { size } = await file.stat();
    return { records: parsed.records, position, malformed: parsed.malformed, more: end > 0 && size > position.offset };
  } finally {
    await file.close();
  }
}

/** At least one whole line where there is one: the chunk grows up to the longest line. */
async function readChunk(file: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  for (let size = Math.min(bytes, MOST_LINE_BYTES); ; size = Math.min(size * 4, MOST_LINE_BYTES)) {
    const buffer = Buffer.allocUnsafe(size);
    const { bytesRead } = await file.read(buffer, 0, size, offset);
    const chunk = buffer.subarray(0, bytesRead);
    if (bytesRead < size || chunk.includes(NEWLINE) || size >= MOST_LINE_BYTES) return chunk;
  }
}

async function skipLine(file: FileHandle, from: SpoolPosition): Promise<SpoolBatch> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let offset = from.offset; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
    const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    if (newline >= 0) {
      const position = { offset: offset + newline + 1, seq: from.seq };
      return { records: [], position, malformed: 1, more: true };
    }
    // Not ended yet: it is looked at again when more has come.
    if (bytesRead === 0) return { records: [], position: from, malformed: 0, more: false };
    offset += bytesRead;
  }
}

function parseLines(lines: Buffer, after: number): { records: TaskEvent[]; seq: number; malformed: number } {
  const records: TaskEvent[] = [];
  let seq = after;
  let malformed = 0;
  for (const line of lines.toString('utf8').split('\n')) {
    if (line === '') continue;
    const record = parseRecord(line);
    if (record === null) malformed += 1;
    else if (record.seq > seq) {
      records.push(record);
      seq = record.seq;
    }
  }
  return { records, seq, malformed };
}

function parseRecord(line: string): TaskEvent | null {
  try {
    const parsed = taskEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export interface SpoolSummary {
  readonly seq: number;
  readonly started: Extract<TaskEvent, { type: 'started' }> | null;
  readonly ended: boolean;
  /** Highest values of the `usage` records. */
  readonly cpuSeconds: number;
  readonly maxRssBytes: number;
}

/** Reads a whole spool for what recovery has to know. */
export async function summarizeSpool(folder: string): Promise<SpoolSummary> {
  let summary: SpoolSummary = { seq: 0, started: null, ended: false, cpuSeconds: 0, maxRssBytes: 0 };
  let position = SPOOL_START;
  for (;;) {
    const batch = await readSpool(folder, position);
    for (const record of batch.records) {
      summary = { ...summary, seq: record.seq };
      if (record.type === 'started') summary = { ...summary, started: record };
      else if (record.type === 'exited') summary = { ...summary, ended: true };
      else if (record.type === 'usage') {
        summary = {
          ...summary,
          cpuSeconds: Math.max(summary.cpuSeconds, record.cpu_seconds),
          maxRssBytes: Math.max(summary.maxRssBytes, record.rss_bytes),
        };
      }
    }
    if (!batch.more) return summary;
    position = batch.position;
  }
}

export type SpoolEnd = Omit<ExitedEvent, 'seq' | 'at' | 'type'>;
/** What the host knows of a failure that the task could not tell itself. */
export type SpoolFailure = Omit<Extract<TaskEvent, { type: 'failed' }>, 'seq' | 'at' | 'type'>;

/**
 * Appends the `exited` record and makes it durable. The task must be dead. Does nothing when the
 * spool has its end already. A torn last line goes first: nobody will finish it.
 */
export async function endSpool(folder: string, end: SpoolEnd, failure: SpoolFailure | null = null): Promise<void> {
  const summary = await summarizeSpool(folder);
  if (summary.ended) return;
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, EVENTS_FILE), 'a+');
  try {
    await file.truncate(await endOfLastLine(file));
    const at = Date.now();
    let seq = summary.seq;
    const records: TaskEvent[] = failure === null ? [] : [{ seq: (seq += 1), at, type: 'failed', ...failure }];
    records.push({ seq: seq + 1, at, type: 'exited', ...end });
    await file.appendFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function endOfLastLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let end = size; end > 0;) {
    const begin = Math.max(0, end - buffer.length);
    const { bytesRead } = await file.read(buffer, 0, end - begin, begin);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline >= 0) return begin + newline + 1;
    end = begin;
  }
  return 0;
}

/**
 * Makes the attempt's folder with its task.json, whole or not at all. A folder of that name that
 * belongs to another task (of a database that was replaced) is moved aside: its spool is not ours.
 */
export async function writeTask(task: TaskDocument): Promise<void> {
  const path = join(task.folder, TASK_FILE);
  const text = JSON.stringify(task);
  const before = await readFile(path, 'utf8').catch(() => null);
  if (before === text) return;
  if (before !== null) await rename(task.folder, `${task.folder}.${randomUUID()}`);
  await mkdir(task.folder, { recursive: true });
  const unfinished = `${path}.${randomUUID()}`;
  const file = await open(unfinished, 'wx');
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}
