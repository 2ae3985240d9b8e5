/**
 * Fashion-MNIST with 5 % of the labels flipped: how many of them the first tenth of the suspicious queue holds, against
 * raw pixels with logistic regression, and against cleanlab on our own probabilities where MINORI_CLEANLAB_PYTHON names
 * an interpreter that has it. The ranking was chosen on the first 5,000 pictures of the training part with the seeds
 * 101-103; it is judged on the test part, with other seeds. Needs Debian's package dataset-fashion-mnist.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureEngine } from '@minori/engine-env';
import { print } from './line.ts';

const DATA = '/usr/share/datasets/fashion-mnist';
const CLEANLAB = process.env['MINORI_CLEANLAB_PYTHON'];
const PICTURES = Number(process.env['MINORI_BENCH_PICTURES'] ?? 10_000);
const JUDGED = { part: 't10k', seeds: [1, 2, 3, 4, 5] };

const run = promisify(execFile);
const script = (name: string): string => join(import.meta.dirname, 'reference', name);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const lowest = (values: readonly number[]): string => `lowest ${Math.min(...values).toFixed(3)}`;

async function answerOf<T>(python: string, name: string, ...args: readonly string[]): Promise<T> {
  const env = { ...process.env, PYTHONPATH: join(import.meta.dirname, '..', 'engine', 'src'), OMP_NUM_THREADS: '1' };
  const { stdout } = await run(python, [script(name), ...args], { env });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
}

if (!existsSync(DATA)) {
  process.stderr.write(`${DATA} is not there: apt-get install dataset-fashion-mnist\n`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'minori-labels-'));
try {
  const { python } = await ensureEngine({});
  const { part, seeds } = JUDGED;
  const { ours, pixels, embedding_seconds, ranking_seconds } = await answerOf<{
    ours: number[];
    pixels: number[];
    embedding_seconds: number;
    ranking_seconds: number;
  }>(python, 'wrong_labels.py', part, String(PICTURES), seeds.join(), folder);
  const line = { name: 'wrong labels found in the first tenth', ours: mean(ours), unit: 'of them' };
  const extra = `${seeds.length} seeds, ${lowest(ours)}, CPU ${embedding_seconds.toFixed(0)} s to embed, ${ranking_seconds.toFixed(1)} s to rank`;
  print({ ...line, reference: mean(pixels), against: 'pixels with logistic regression', extra });
  if (CLEANLAB === undefined) process.stderr.write('cleanlab: left out, MINORI_CLEANLAB_PYTHON is not set\n');
  else {
    const files = seeds.map((seed) => join(folder, `${seed}.npz`));
    const theirs = await answerOf<Record<string, number[]>>(CLEANLAB, 'cleanlab_ranks.py', ...files);
    for (const [method, values] of Object.entries(theirs))
      print({ ...line, reference: mean(values), against: `cleanlab ${method}`, extra: lowest(values) });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
