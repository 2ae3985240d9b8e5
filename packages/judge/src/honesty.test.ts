/** The verdict on real and simulated data, with errors that statsforecast made (golden/make_backtests.py). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judge } from './verdict.ts';
import type { Judgement } from './verdict.ts';

type Backtests = { name: string; errors: Record<string, (number | null)[]> }[];
const PRIOR = [
  'auto_ets',
  'dynamic_optimized_theta',
  'seasonal_naive',
  'naive',
  'historic_mean',
  'historic_median',
  'window_average',
];
const CANDIDATES = new Set(['auto_ets', 'dynamic_optimized_theta']);
const folder = new URL('../golden/', import.meta.url);

function verdictOf(errors: Backtests[number]['errors']): Judgement | null {
  const families = PRIOR.flatMap((family) => {
    const byOrigin = errors[family];
    if (byOrigin === undefined) return [];
    const known = byOrigin.filter((error) => error !== null);
    const mase = known.reduce((sum, error) => sum + error, 0) / known.length;
    return [{ family, baseline: !CANDIDATES.has(family), byOrigin, mase }];
  });
  return judge(families);
}

const committed = JSON.parse(readFileSync(new URL('backtests.json', folder), 'utf8')) as Backtests;

test('AirPassengers, all 144 months, can be forecast', () => {
  const errors = committed.find(({ name }) => name === 'air_passengers')?.errors ?? {};
  const judgement = verdictOf(errors);
  expect(judgement?.code).toBe('skill');
  expect(judgement?.numbers.origins).toBe(8);
});

test.each(committed.filter(({ name }) => name !== 'air_passengers'))(
  '$name holds nothing to forecast',
  ({ errors }) => {
    expect(verdictOf(errors)?.code).not.toBe('skill');
  },
);

// `./minori test full` names the engine's interpreter and sets MINORI_TEST_FULL.
test.runIf(process.env['MINORI_TEST_FULL'] === '1')(
  'of 100 null sets at most 5 are called skill',
  { timeout: 1_800_000 },
  () => {
    const temporary = mkdtempSync(join(tmpdir(), 'minori-null-'));
    try {
      const out = join(temporary, 'null.json');
      const script = join(import.meta.dirname, '..', 'golden', 'make_backtests.py');
      execFileSync(process.env['MINORI_ENGINE_PYTHON'] ?? 'python3', [script, out, '--null', '100', '1'], {
        stdio: 'inherit',
      });
      const sets = JSON.parse(readFileSync(out, 'utf8')) as Backtests;
      const skilled = sets.filter(({ errors }) => verdictOf(errors)?.code === 'skill').map(({ name }) => name);
      expect(sets).toHaveLength(100);
      expect(skilled.length, skilled.join(' ')).toBeLessThanOrEqual(5);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  },
);
