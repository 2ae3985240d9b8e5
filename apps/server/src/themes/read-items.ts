/** What the tasks that look at pictures have written; each line is checked, since a child process is not trusted more than a client. */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { RejectedFile } from '@minori/contract';
import { cleanText } from '@minori/database';
import { item, said } from '@minori/images';
import type { Item, Said } from '@minori/images';

const SHOWN_NAME = 300;

export async function readItems(path: string): Promise<Item[]> {
  return readLines(path, (line) => item.parse(line));
}

/** Null: no such file, for pictures came with what is said of them. */
export async function readSaid(path: string): Promise<(Said | null)[] | null> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  return there ? readLines(path, (line) => said.nullable().parse(line)) : null;
}

async function readLines<T>(path: string, parse: (line: unknown) => T): Promise<T[]> {
  const lines: T[] = [];
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') }))
    if (line !== '') lines.push(parse(JSON.parse(line)));
  return lines;
}

export function rejectedOf(items: readonly Item[]): RejectedFile[] {
  return items.flatMap((one) => ('rejected' in one ? [{ name: shownName(one.name), reason: one.rejected }] : []));
}

/** Keeps folders, for labels and for reading; never used as a path. */
export function shownName(name: string): string {
  return [...cleanText(name).replaceAll('\\', '/')].slice(0, SHOWN_NAME).join('') || 'image';
}
