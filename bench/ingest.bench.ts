/**
 * A 100 MB CSV as the node host's task: the preview, all findings, and the build, in UTF-8 and in
 * Shift_JIS. Reference: the bare work, DuckDB reading the (UTF-8) file with known types, sorting it
 * and writing Parquet.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { IngestInput } from '@minori/contract';
import { createNodeHost, readSpool, SPOOL_START } from '@minori/executor';
import { encodeCp932 } from '../packages/ingest/scripts/cp932.ts';
import { median, print } from './line.ts';

const RUNS = 3;
const SERIES = 600;
const DAYS = 7000;
const home = mkdtempSync(join(tmpdir(), 'minori-bench-'));

/** Daily sales of 600 shops over 19 years: `東京001店,2006年1月5日,1234`. */
function makeFile(name: string, encode: (text: string) => Buffer): string {
  const path = join(home, name);
  const file = openSync(path, 'w');
  const dates = Array.from({ length: DAYS }, (_, day) => {
    const date = new Date(Date.UTC(2006, 0, 1) + day * 86_400_000);
    return `${date.getUTCFullYear()}/${date.getUTCMonth() + 1}/${date.getUTCDate()}`;
  });
  writeSync(file, encode('店舗,日付,売上\n'));
  for (let shop = 0; shop < SERIES; shop += 1) {
    const id = encode(`東京${String(shop).padStart(3, '0')}店,`).toString('latin1');
    let text = '';
    for (let day = 0; day < DAYS; day += 1)
      text += `${id}${dates[day]},${(1000 + ((shop * 7919 + day * 104_729) % 90_000) / 7).toFixed(1)}\n`;
    writeSync(file, Buffer.from(text, 'latin1'));
  }
  closeSync(file);
  return path;
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const host = createNodeHost({ home, modules: { ingest: import.meta.resolve('@minori/ingest/tasks') }, log: quiet });
await host.start();
let attempt = 0;

/** Milliseconds from `submit` to the result's arrival in the spool. */
async function run(input: IngestInput): Promise<number> {
  attempt += 1;
  const id = attempt;
  const folder = join(home, 'spool', String(id));
  const ended = new Promise<void>((resolve) => {
    const off = host.on('wake', (attemptId, last) => {
      if (attemptId !== id || !last) return;
      off();
      resolve();
    });
  });
  const from = performance.now();
  await host.submit({
    protocol: 1,
    attempt_id: id,
    run_id: 1,
    kind: `ingest.${input.operation}`,
    slot: 'interactive',
    folder,
    seed: 1,
    limits: { memory_bytes: 3 * 1024 ** 3, threads: 2, seconds: null, grace_seconds: 1 },
    input,
  });
  await ended;
  const milliseconds = performance.now() - from;
  const { records } = await readSpool(folder, SPOOL_START);
  if (!records.some(({ type }) => type === 'result')) throw new Error(`${input.operation} gave no result`);
  rmSync(folder, { recursive: true });
  return milliseconds;
}

async function repeat(measure: () => number | Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let at = 0; at < RUNS; at += 1) all.push(await measure());
  return median(all);
}

const utf8 = makeFile('utf8.csv', (text) => Buffer.from(text));
const cp932 = makeFile('cp932.csv', encodeCp932);

const duckdb = pathToFileURL(createRequire(import.meta.resolve('@minori/ingest')).resolve('@duckdb/node-api')).href;
const script = `
import { DuckDBInstance } from ${JSON.stringify(duckdb)};
const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
await connection.run(\`copy (select a, b, c from read_csv('${utf8}', header = true, columns = {a: 'VARCHAR', b: 'TIMESTAMP', c: 'DOUBLE'}) order by a, b) to '${home}/bare.parquet' (format parquet, compression zstd)\`);
`;
const bare = await repeat(() => {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - from;
});

try {
  for (const [encoding, path] of [
    ['UTF-8', utf8],
    ['Shift_JIS', cp932],
  ] as const) {
    const file = { path, name: 'sales.csv', mapping: null, fixes: [], append_to: null };
    const size = `${Math.round(statSync(path).size / 1e6)} MB`;
    for (const [what, input] of [
      ['preview', { operation: 'preview', path, name: 'sales.csv' }],
      ['findings', { operation: 'check', ...file }],
      ['build', { operation: 'build', ...file }],
    ] as const satisfies readonly (readonly [string, IngestInput])[]) {
      print({
        name: `ingest-${what}-${encoding}`,
        ours: (await repeat(() => run(input))) / 1000,
        reference: bare / 1000,
        unit: 's',
        against: 'bare DuckDB to sorted Parquet',
        extra: size,
      });
    }
  }
} finally {
  await host.close({ leave: false });
  rmSync(home, { recursive: true, force: true });
}
