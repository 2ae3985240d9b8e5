/** Files and operations for the tests of this package. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  profile as profileSchema,
  type AcceptedFix,
  type BuildResult,
  type CheckResult,
  type Finding,
  type Mapping,
  type Preview,
  type Profile,
} from '@minori/contract';
import { afterAll } from 'vitest';
import { runIngest, type IngestDeps } from './run.ts';

export const workspace = mkdtempSync(join(tmpdir(), 'minori-ingest-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

let next = 0;
export const freshFolder = (): string => mkdtempSync(join(workspace, `task-${next++}-`));
export function write(name: string, content: string | Buffer): string {
  const path = join(freshFolder(), name);
  writeFileSync(path, content);
  return path;
}

export const deps = (folder = freshFolder()): IngestDeps => ({
  folder,
  threads: 2,
  memoryBytes: null,
  report: () => {},
});

export const preview = (path: string, source?: Mapping['source']): Promise<Preview> =>
  runIngest({ operation: 'preview', path, name: 'upload', source }, deps());

export interface Asked {
  readonly mapping?: Mapping | null;
  readonly fixes?: AcceptedFix[];
  readonly append_to?: string | null;
}

const inputOf = (path: string, asked: Asked) => ({
  path,
  name: 'upload',
  mapping: asked.mapping ?? null,
  fixes: asked.fixes ?? [],
  append_to: asked.append_to ?? null,
});

const readProfile = (folder: string): Profile =>
  profileSchema.parse(JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8')));

export async function check(path: string, asked: Asked = {}): Promise<CheckResult & { profile: Profile | null }> {
  const folder = freshFolder();
  const result = await runIngest({ operation: 'check', ...inputOf(path, asked) }, deps(folder));
  return { ...result, profile: result.profile_path === null ? null : readProfile(folder) };
}

export type Built = BuildResult & { profile: Profile; folder: string; parquet: string };
export async function build(path: string, asked: Asked = {}): Promise<Built> {
  const folder = freshFolder();
  const result = await runIngest({ operation: 'build', ...inputOf(path, asked) }, deps(folder));
  return { ...result, profile: readProfile(folder), folder, parquet: join(folder, result.data_path) };
}

/** Rows of a query over `data` as JSON values. */
export async function query(parquet: string, sql = 'select * from data'): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`create view data as select * from read_parquet('${parquet}')`);
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export const codes = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, code }) => `${severity} ${code}`);
export function findingOf(findings: readonly Finding[], code: string): Finding {
  const found = findings.find((finding) => finding.code === code);
  if (!found) throw new Error(`no finding ${code}, only ${codes(findings).join(', ')}`);
  return found;
}
export const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;

/** Monthly rows `id,2024-01-01,1` … for n months. */
export const months = (n: number, id = 'a', value: (i: number) => number | string = (i) => i + 1): string[] =>
  Array.from(
    { length: n },
    (_, i) => `${id},${2020 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}-01,${value(i)}`,
  );

export interface ZipPart {
  readonly name: string;
  readonly data: Buffer;
  /** Stated instead of the true size. */
  readonly claimed?: number;
}
/** A zip of deflated parts. */
export function zip(parts: readonly ZipPart[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, claimed } of parts) {
    const size = claimed ?? data.length;
    const label = Buffer.from(name);
    const packed = deflateRawSync(data);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt16LE(8, 8);
    head.writeUInt32LE(crc32(data), 14);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(size, 22);
    head.writeUInt16LE(label.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    entry.writeUInt16LE(20, 6);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(data), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(label.length, 28);
    entry.writeUInt32LE(at, 42);
    bodies.push(head, label, packed);
    directory.push(entry, label);
    at += head.length + label.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, listing, end]);
}

const xml = (text: string): Buffer => Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
/** A workbook with these sheets (inner XML of sheetData); style 1 is a date, style 2 yyyy"年"m"月". */
export function workbook(
  sheets: Record<string, string>,
  strings: readonly string[] = [],
  extra: readonly ZipPart[] = [],
): Buffer {
  const names = Object.keys(sheets);
  return zip([
    { name: '[Content_Types].xml', data: xml('<Types/>') },
    {
      name: 'xl/workbook.xml',
      data: xml(
        `<workbook xmlns:r="r"><sheets>${names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join('')}</sheets></workbook>`,
      ),
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      data: xml(
        `<Relationships>${names.map((_, i) => `<Relationship Id="rId${i + 1}" Target="worksheets/sheet${i + 1}.xml"/>`).join('')}</Relationships>`,
      ),
    },
    {
      name: 'xl/styles.xml',
      data: xml(
        '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>',
      ),
    },
    {
      name: 'xl/sharedStrings.xml',
      data: xml(`<sst>${strings.map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`),
    },
    ...names.map((name, i) => ({
      name: `xl/worksheets/sheet${i + 1}.xml`,
      data: xml(`<worksheet><sheetData>${sheets[name]}</sheetData></worksheet>`),
    })),
    ...extra,
  ]);
}
