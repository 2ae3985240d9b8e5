/** What a forecast was computed with, as hashes and names that a replay can compare. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { REPOSITORY } from '../platform/config.ts';

export interface Environment {
  /** SHA-256 of data.parquet. */
  readonly data: string;
  /** SHA-256 of the engine's and the judge's sources. */
  readonly code: string;
  /** Library lock, Node, platform and processor. */
  readonly system: string;
}

const SOURCES = [join('engine', 'src', 'minori_engine'), join('packages', 'judge', 'src')];
const LOCK = join('engine', 'requirements.lock');

export async function environmentOf(dataFile: string): Promise<Environment> {
  const [data, code, system] = await Promise.all([hashFile(dataFile), codeHash(), systemName()]);
  return { data, code, system };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Sources do not change under a running server that has loaded them. */
let code: Promise<string> | null = null;
async function codeHash(): Promise<string> {
  code ??= hashSources();
  return await code;
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    const names = await readdir(join(REPOSITORY, folder), { recursive: true });
    for (const name of names.filter((one) => /\.(py|ts|json)$/.test(one) && !one.includes('.test.')).toSorted()) {
      hash.update(`${folder}/${name}\n`);
      hash.update(await readFile(join(REPOSITORY, folder, name)));
    }
  }
  return hash.digest('hex');
}

async function systemName(): Promise<string> {
  const lock = createHash('sha256')
    .update(await readFile(join(REPOSITORY, LOCK)))
    .digest('hex')
    .slice(0, 12);
  const processor = cpus()[0]?.model.trim() ?? 'unknown';
  return `lock ${lock}, node ${process.versions.node}, ${platform()}-${arch()}, ${processor}`;
}
