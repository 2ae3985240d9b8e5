/** Builds the web app when its sources are newer than what was built; a built checkout costs a few milliseconds. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { ProblemError } from '@minori/contract';
import { writeFileAtomic } from '../platform/files.ts';
import { REPOSITORY } from '../platform/config.ts';

const SOURCES = [
  'samples/plugins',
  'apps/web',
  'packages/contract',
  'packages/planner',
  'packages/judge',
  'package-lock.json',
];
const IGNORED = new Set(['node_modules', 'dist', '.vite', 'test-results']);
const STAMP = '.minori-stamp';

/** @throws ProblemError web_build_failed {detail} */
export async function buildWebApp(dist: string, signal: AbortSignal): Promise<void> {
  const wanted = await fingerprint();
  if ((await stampOf(dist)) === wanted) return;
  // Same file system as dist, and outside what is watched or committed.
  const building = join(REPOSITORY, 'node_modules', `.minori-web-${process.pid}`);
  try {
    await runVite(building, signal);
    await writeFileAtomic(join(building, STAMP), wanted, 0o644);
    await rm(dist, { recursive: true, force: true });
    await rename(building, dist).catch(async (error: unknown) => {
      // Another server of this checkout was faster.
      if ((await stampOf(dist)) !== wanted) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function stampOf(dist: string): Promise<string | null> {
  return readFile(join(dist, STAMP), 'utf8').catch(() => null);
}

async function runVite(outDir: string, signal: AbortSignal): Promise<void> {
  const web = join(REPOSITORY, 'apps', 'web');
  const vite = join(dirname(createRequire(join(web, 'package.json')).resolve('vite/package.json')), 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'error'], {
    cwd: web,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (exit, ended) => resolve(exit ?? ended ?? 'unknown'));
  });
  if (code !== 0) throw new ProblemError('web_build_failed', 500, { detail: output.trim() || String(code) });
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES)
    await walk(join(REPOSITORY, source), (path, size, mtime) =>
      hash.update(`${relative(REPOSITORY, path)} ${size} ${mtime}\n`),
    );
  return hash.digest('hex');
}

async function walk(path: string, visit: (path: string, size: number, mtime: number) => void): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info === null) return;
  if (info.isFile()) return visit(path, info.size, Math.trunc(info.mtimeMs));
  for (const entry of (await readdir(path)).toSorted()) if (!IGNORED.has(entry)) await walk(join(path, entry), visit);
}
