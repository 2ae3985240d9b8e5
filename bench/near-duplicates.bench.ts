/**
 * Real photographs with planted copies (half the size, JPEG of quality 40, 5 % cropped from each side): how many copies a
 * survey groups with their original, and how many photographs it ties to unrelated ones. Photographs: two of
 * scikit-learn, and what Debian's packages tuxpaint-stamps-default (animals, food, plants, things: mostly cut out, on white) and
 * mate-backgrounds bring; MINORI_BENCH_PHOTOS names one more folder. Half of them, by the hash of their names, are for choosing a
 * threshold (MINORI_BENCH_CHOOSE=1 prints what each would give); the figures are of the other half.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureEngine } from '@minori/engine-env';
import { print } from './line.ts';

const OWN = process.env['MINORI_BENCH_PHOTOS'];
const PACKAGES = {
  'tuxpaint-stamps-default': '/usr/share/tuxpaint/stamps',
  'mate-backgrounds': '/usr/share/backgrounds/mate',
};
/** What is asked for. */
const GROUPED = 0.95;
const UNRELATED = 0.005;

interface Answer {
  readonly photographs: number;
  readonly grouped: Readonly<Record<string, number>>;
  readonly unrelated: number;
  readonly tied: readonly (readonly string[])[];
  readonly seconds: number;
  readonly tolerances?: Readonly<Record<string, readonly [grouped: number, unrelated: number]>>;
}

const roots = OWN === undefined ? [] : [OWN];
for (const [name, path] of Object.entries(PACKAGES))
  if (existsSync(path)) roots.push(path);
  else process.stderr.write(`${path} is not there: apt-get install ${name}\n`);
if (roots.length === 0) process.exit(1);

async function ask(half: 'choose' | 'judge'): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'minori-copies-'));
  try {
    const { python } = await ensureEngine({});
    const env = { ...process.env, PYTHONPATH: join(import.meta.dirname, '..', 'engine', 'src'), OMP_NUM_THREADS: '1' };
    const script = join(import.meta.dirname, 'reference', 'copies.py');
    const { stdout } = await promisify(execFile)(python, [script, half, folder, ...roots], { env });
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Answer;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.env['MINORI_BENCH_CHOOSE'] === '1')
  for (const [least, [grouped, unrelated]] of Object.entries((await ask('choose')).tolerances ?? {}))
    process.stderr.write(
      `least agreement ${least}: ${grouped.toFixed(3)} of copies, ${unrelated.toFixed(4)} unrelated\n`,
    );
const { photographs, grouped, unrelated, tied, seconds } = await ask('judge');
const shares = Object.values(grouped);
const detail = Object.entries(grouped).map(([kind, share]) => `${kind} ${share.toFixed(3)}`);
const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
print({
  name: 'copies grouped with their original',
  ours: mean,
  reference: GROUPED,
  unit: 'of pairs',
  against: 'asked for',
  extra: `${photographs} photographs, ${detail.join(', ')}, CPU ${seconds.toFixed(0)} s`,
});
print({
  name: 'unrelated photographs grouped',
  ours: unrelated,
  reference: UNRELATED,
  unit: 'of them',
  against: 'at most',
  extra: tied.map((names) => names.join(' = ')).join('; ') || 'none',
});
