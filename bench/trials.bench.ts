/**
 * Trials of NHITS per minute: ours against bare AutoNHITS(backend='optuna'), same panel, same space (ours), same steps,
 * same seconds; and the error of each one's best on the last horizon, which neither saw. MINORI_BENCH_SECONDS (60).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ForecastRace, ForecastSeries } from '@minori/contract';
import { ensureEngine } from '@minori/engine-env';
import { spaceOf } from '@minori/planner';
import { makeFolder, removeHome, startProduct } from '../e2e/product.ts';
import { print } from './line.ts';
import { forecastByUs } from './ours.ts';
import { errorsOf, forecastBy } from './reference.ts';
import type { BenchSet } from './reference.ts';

const SECONDS = Number(process.env['MINORI_BENCH_SECONDS'] ?? 60);
const [SERIES, MONTHS, H, SEED] = [8, 132, 12, 1];

/** Level, trend, season and noise; drawn once, from one seed. */
function panel(): { set: BenchSet; csv: string } {
  let state = 2025;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const all = Array.from({ length: SERIES }, (_, s) =>
    Array.from({ length: MONTHS }, (_month, month) => {
      const noise = (random() + random() + random() - 1.5) * 8;
      return 100 + 0.4 * month + 20 * Math.sin((2 * Math.PI * (month + s)) / 12) + noise;
    }),
  );
  const lines = all.flatMap((y, s) =>
    y.slice(0, -H).map((value, month) => {
      const ds = `${2010 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
      return `s${s},${ds},${value.toFixed(3)}`;
    }),
  );
  const set: BenchSet = {
    name: 'panel',
    freq: 'MS',
    season: 12,
    h: H,
    ids: all.map((_, s) => `s${s}`),
    actual: all.map((y) => y.slice(-H)),
    past: all.map((y) => y.slice(0, -H)),
  };
  return { set, csv: `unique_id,ds,y\n${lines.join('\n')}\n` };
}

const folder = mkdtempSync(join(tmpdir(), 'minori-bench-'));
const home = makeFolder();
const { python } = await ensureEngine({});
const { set, csv } = panel();
const file = join(folder, 'panel.csv');
writeFileSync(file, csv);
const product = await startProduct({ home });
try {
  // A standard search: quick ones end after a few settings.
  const more = ['--budget', `${SECONDS}s`, '--models', 'nhits', '--mode', 'standard'];
  const made = await forecastByUs(product, set, file, more);
  const { items } = await product.json<ForecastRace>(`/api/v1/runs/${made.id}/race`);
  const race = items.find(({ model }) => model === 'nhits');
  const told = race?.trials.filter(({ told: at }) => at !== null).length ?? 0;
  const network: number[][][] = [];
  for (const id of set.ids) {
    const { forecast } = await product.json<ForecastSeries>(
      `/api/v1/runs/${made.id}/forecast?model=nhits&series=${id}`,
    );
    const bounds = ['lo-80', 'hi-80', 'lo-90', 'hi-90'].map((name) => forecast?.intervals[name] ?? []);
    network.push((forecast?.y_hat ?? []).map((y, step) => [y, ...bounds.map((values) => values[step] ?? Number.NaN)]));
  }
  const bare = await forecastBy(python, 'auto_nhits', set, {
    csv: file,
    seconds: SECONDS,
    seed: SEED,
    space: spaceOf('nhits'),
  });
  const perMinute = (trials: number, seconds: number): number => (60 * trials) / seconds;
  print({
    name: 'trials',
    ours: perMinute(told, made.seconds),
    reference: perMinute(bare.trials ?? 0, bare.seconds),
    unit: 'a minute',
    against: 'bare AutoNHITS',
    extra: `ours ${told} in ${made.seconds.toFixed(0)} s, CPU ${made.cpu_seconds.toFixed(0)} s; bare ${bare.trials} in ${bare.seconds.toFixed(0)} s, CPU ${bare.cpu_seconds.toFixed(0)} s`,
  });
  print({
    name: 'trials best error',
    ours: errorsOf(set, network).mase,
    reference: errorsOf(set, bare.forecast).mase,
    unit: 'MASE',
    against: 'bare AutoNHITS',
    extra: 'the last 12 months, which neither saw',
  });
} finally {
  await product.stop();
  await removeHome(home);
  rmSync(folder, { recursive: true, force: true });
}
