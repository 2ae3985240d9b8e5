import type { Profile } from '@minori/contract';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import en from '@minori/contract/texts/plan.en.json' with { type: 'json' };
import ja from '@minori/contract/texts/plan.ja.json' with { type: 'json' };
import modelsEn from '@minori/contract/texts/models.en.json' with { type: 'json' };
import modelsJa from '@minori/contract/texts/models.ja.json' with { type: 'json' };
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOG } from './catalog.ts';
import { planForecast } from './plan.ts';
import type { PlanRequest } from './validate.ts';
import { planWindows } from './windows.ts';

const MACHINE = { slots: 2, memoryBytes: 8 * 2 ** 30 };

function profileOf(lengths: number[], season = 12, freq = 'MS'): Profile {
  const sorted = lengths.toSorted((a, b) => a - b);
  const rows = lengths.reduce((sum, n) => sum + n, 0);
  return {
    rows,
    series_count: lengths.length,
    series: lengths.map((n, index) => ({
      unique_id: `s${index}`,
      n,
      start: '2000-01-01',
      end: '2020-01-01',
      mean: 5,
      sd: 1,
      min: 1,
      max: 9,
      zeros: 0,
      missing: 0,
      intermittent: false,
    })),
    ds_type: 'timestamp',
    freq,
    season,
    season_strength: 0.5,
    lengths: { min: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 },
    start: '2000-01-01',
    end: '2020-01-01',
    y: { min: 1, max: 9, mean: 5, integer: false, non_negative: true, zeros: 0, missing: 0 },
    exogenous: [],
    future_rows: 0,
    index: null,
    source: { format: 'csv', encoding: 'utf-8', delimiter: ',', header_line: 1, decimal: '.', sheet: null },
    mapping: { kind: 'long', unique_id: ['unique_id'], ds: ['ds'], y: 'y', exogenous: [] },
    fixes: [],
  };
}
const request = (over: Partial<PlanRequest> = {}): PlanRequest => ({
  horizon: 12,
  mode: 'quick',
  levels: [80, 90],
  seed: 1,
  tags: [],
  ...over,
});
const RULES = { lower: null, upper: null, integer: false, total: null };
const errors = (profile: Profile, over: Partial<PlanRequest>): string[] =>
  planForecast(profile, request(over), MACHINE)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

describe('plan', () => {
  test('a forecast of what reaches 0 and never goes below it does not either, unless somebody says so', () => {
    const { y, ...sold } = profileOf([144]);
    const counts = { ...sold, y: { ...y, min: 0 } };
    const usual = planForecast(counts, request(), MACHINE);
    expect(usual.output).toEqual({ ...RULES, lower: 0 });
    expect(usual.reasons.map(({ code }) => code)).toContain('output_not_negative');
    expect(planForecast(counts, request({ output: RULES }), MACHINE).output).toEqual(RULES);
    for (const min of [-3, 2, null])
      expect(planForecast({ ...sold, y: { ...y, min } }, request(), MACHINE).output).toBeNull();
  });

  test('twelve years of months: eight windows, the light families, cheapest first', () => {
    const plan = planForecast(profileOf([144]), request({ budget_seconds: 30 }), MACHINE);
    expect(plan.problems).toEqual([]);
    expect(plan).toMatchObject({ origins: 8, min_train: 24, season: 12, budget_seconds: 30, slots: 2 });
    expect(plan.candidates.map(({ family }) => family).toSorted()).toEqual([
      'auto_ces',
      'auto_ets',
      'dynamic_optimized_theta',
      'historic_mean',
      'historic_median',
      'kernel_ridge',
      'lightgbm_recursive',
      'mstl',
      'naive',
      'nnar',
      'prior_network',
      'ridge',
      'seasonal_naive',
      'window_average',
    ]);
    const left = Object.fromEntries(plan.skipped.map(({ family, reasons: [reason] }) => [family, reason?.code]));
    expect(left).toMatchObject({ tft: 'standard_only', nlinear: 'too_little_data', tsb: 'not_intermittent' });
    const seconds = plan.candidates.map((candidate) => candidate.estimated_seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  });

  test('without a season there is nothing to repeat; long seasons are taken out before ETS', () => {
    const plan = planForecast(profileOf([200], 1, 'int'), request(), MACHINE);
    const needing = plan.skipped.filter(({ reasons: [reason] }) => reason?.code === 'needs_season');
    expect(needing.map(({ family }) => family)).toEqual(['seasonal_naive', 'mstl']);
    const hours = planForecast(profileOf([900], 168, 'h'), request({ budget_seconds: 60 }), MACHINE);
    const ets = hours.candidates.find(({ family }) => family === 'auto_ets');
    expect(ets?.reasons.map(({ code }) => code)).toEqual(['suits_auto_ets', 'season_by_stl']);
  });

  test('what was learned beforehand is asked about no other season and nothing farther', () => {
    const why = (season: number, freq: string, horizon: number): string | undefined =>
      planForecast(profileOf([400], season, freq), request({ horizon }), MACHINE).skipped.find(
        ({ family }) => family === 'prior_network',
      )?.reasons[0]?.code;
    expect([why(12, 'MS', 24), why(168, 'h', 48), why(12, 'MS', 25), why(365, 'D', 4)]).toEqual([
      undefined,
      undefined,
      'beyond_learned',
      'beyond_learned',
    ]);
  });

  test('hours of a day have a week around them, for the methods that can see both', () => {
    const seasonsOf = (length: number, season: number, freq: string): unknown[] =>
      planForecast(profileOf([length], season, freq), request({ horizon: 24, mode: 'standard' }), MACHINE)
        .candidates.filter(({ params }) => 'second_season' in params)
        .map(({ family, params, reasons }) => [family, params['second_season'], reasons.at(-1)?.code]);
    for (const [season, second] of [
      [24, 168],
      [168, 24],
    ] as const)
      expect(seasonsOf(900, season, 'h').toSorted()).toEqual(
        ['kernel_ridge', 'mfles', 'mstl', 'nnar', 'ridge'].map((family) => [family, second, 'second_season']),
      );
    expect(seasonsOf(2000, 48, '30min')).toHaveLength(5);
    const wide = Array.from({ length: 20 }, () => 900);
    const mstlIn = (budget_seconds: number) =>
      planForecast(profileOf(wide, 24, 'h'), request({ horizon: 24, budget_seconds }), MACHINE).candidates.find(
        ({ family }) => family === 'mstl',
      );
    const { estimated_seconds: both = 0, params } = mstlIn(3600) ?? {};
    expect(params).toEqual({ season_length: 24, second_season: 168 });
    expect(mstlIn(0.5 * both)?.params).toEqual({ season_length: 24 });
    expect(seasonsOf(350, 24, 'h')).toEqual([]);
    expect(seasonsOf(900, 7, 'D')).toEqual([]);
    expect(seasonsOf(900, 12, 'MS')).toEqual([]);
    expect(seasonsOf(900, 1, 'h')).toEqual([]);
  });

  test('standard brings the networks in where there is enough to learn from, and says where they run', () => {
    const panel = profileOf(Array.from({ length: 20 }, () => 120));
    const plan = planForecast(panel, request({ mode: 'standard' }), MACHINE);
    const families = plan.candidates.map(({ family }) => family);
    expect(families).toEqual(expect.arrayContaining(['nlinear', 'nhits', 'tft', 'deepar', 'lightgbm_direct']));
    expect(plan.reasons.map(({ code }) => code)).toContain('networks_on_cpu');
    const quick = planForecast(panel, request(), MACHINE).candidates.map(({ family }) => family);
    expect(quick).toEqual(expect.arrayContaining(['nlinear', 'mlp']));
    expect(quick).not.toContain('nhits');
  });

  test('values that are mostly zero get the methods made for them', () => {
    const profile = profileOf([200, 200], 1, 'D');
    const sparse: Profile = { ...profile, series: profile.series.map((one) => ({ ...one, intermittent: true })) };
    const plan = planForecast(sparse, request(), MACHINE);
    for (const family of ['croston_optimized', 'adida', 'imapa', 'tsb'])
      expect(plan.candidates.find((one) => one.family === family)?.reasons[0]).toEqual({
        code: 'suits_intermittent',
        params: { series: 2 },
      });
  });

  test('what does not fit into the memory is left out, the rest stays', () => {
    const panel = profileOf(Array.from({ length: 20 }, () => 120));
    const plan = planForecast(panel, request({ models: ['nlinear'] }), { slots: 2, memoryBytes: 400 * 2 ** 20 });
    expect(plan.problems.map(({ code }) => code)).toEqual(['model_skipped_too_large_for_memory']);
    expect(plan.candidates).toHaveLength(5);
  });

  test('what can be tuned says how, and more trials than families go to it', () => {
    const plan = planForecast(profileOf([144]), request({ trials: 40 }), MACHINE);
    const trees = plan.candidates.find(({ family }) => family === 'lightgbm_recursive');
    expect(trees?.search).toMatchObject({ trials: 40, pruner: 'wilcoxon', sampler: { name: 'tpe' } });
    expect(plan.candidates.find(({ family }) => family === 'auto_ets')?.search).toBeNull();
    expect(plan.skipped.every(({ reasons: [reason] }) => reason?.code !== 'beyond_trials')).toBe(true);
  });

  test('holidays go to the methods that can use them, where single days show', () => {
    const days = planForecast(profileOf([400], 7, 'D'), request({ holidays: 'jp' }), MACHINE);
    expect(days.candidates.find(({ family }) => family === 'lightgbm_recursive')?.params).toEqual({ holidays: 'jp' });
    expect(days.reasons.map(({ code }) => code)).toContain('holidays_used');
    const months = planForecast(profileOf([144]), request({ holidays: 'jp' }), MACHINE);
    expect(months.reasons.map(({ code }) => code)).toContain('holidays_too_short');
    expect(months.candidates.every(({ params }) => params['holidays'] === undefined)).toBe(true);
  });

  test('baselines join whatever was asked for', () => {
    const plan = planForecast(profileOf([144]), request({ models: ['auto_ets'] }), MACHINE);
    expect(plan.candidates.filter(({ kind }) => kind === 'baseline')).toHaveLength(5);
    expect(plan.candidates.filter(({ kind }) => kind !== 'baseline').map(({ family }) => family)).toEqual(['auto_ets']);
  });

  test('what this server does not offer is left out, asked for or not; baselines stay', () => {
    const plan = planForecast(profileOf([144]), request({ models: ['auto_ets'] }), MACHINE, {
      disabled: ['auto_ets', 'naive'],
    });
    expect(plan.problems.map(({ code }) => code)).toEqual(['model_skipped_disabled_here']);
    expect(plan.candidates.map(({ family }) => family)).toContain('naive');
    expect(plan.candidates.map(({ family }) => family)).not.toContain('auto_ets');
  });

  test('a model that was asked for and cannot be had is named', () => {
    const plan = planForecast(profileOf([200], 1, 'int'), request({ models: ['seasonal_naive', 'auto_ets'] }), MACHINE);
    expect(plan.problems).toMatchObject([
      { severity: 'warning', code: 'model_skipped_needs_season', params: { model: 'seasonal_naive' } },
    ]);
  });

  test('a large panel and a short budget: fewer windows, then only what can end', () => {
    const panel = profileOf(Array.from({ length: 1000 }, () => 120));
    const plan = planForecast(panel, request({ budget_seconds: 30 }), MACHINE);
    expect(plan.origins).toBe(5);
    expect(plan.skipped.map(({ family }) => family)).toContain('auto_ets');
    expect(plan.candidates.length).toBeGreaterThanOrEqual(5);
  });

  test('trials end it instead of time', () => {
    const plan = planForecast(profileOf([144]), request({ trials: 3 }), MACHINE);
    expect(plan).toMatchObject({ budget_seconds: null, trials: 3 });
    expect(plan.candidates).toHaveLength(3);
  });

  test('a short series keeps its windows by training on less', () => {
    expect(planWindows(30, 4, 4, 8)).toEqual({ origins: 5, minTrain: 8 });
    expect(planWindows(26, 4, 4, 8)).toEqual({ origins: 5, minTrain: 5 });
    expect(planWindows(20, 12, 12, 8)).toEqual({ origins: 1, minTrain: 4 });
  });
});

describe('refusals', () => {
  const year = profileOf([36]);
  test.each<[string, Partial<PlanRequest>]>([
    ['horizon_not_positive', { horizon: 0 }],
    ['horizon_not_positive', { horizon: -3 }],
    ['horizon_not_positive', { horizon: 1.5 }],
    ['horizon_not_positive', { horizon: Number.NaN }],
    ['horizon_longer_than_data', { horizon: 36 }],
    ['series_too_short', { horizon: 34 }],
    ['horizon_too_large', { horizon: 20_000 }],
    ['budget_not_positive', { budget_seconds: 0 }],
    ['budget_not_positive', { budget_seconds: -1 }],
    ['budget_not_positive', { budget_seconds: Number.NaN }],
    ['budget_too_large', { budget_seconds: 1e9 }],
    ['budget_and_trials', { budget_seconds: 10, trials: 3 }],
    ['trials_out_of_range', { trials: 0 }],
    ['levels_out_of_range', { levels: [100] }],
    ['levels_out_of_range', { levels: [] }],
    ['model_unknown', { models: ['crystal_ball'] }],
    ['model_unknown', { models: ['__proto__'] }],
    ['freq_unknown', { freq: 'fortnight' }],
    ['freq_differs', { freq: 'D' }],
    ['mode_not_available', { mode: 'advanced' }],
    ['seed_out_of_range', { seed: -1 }],
    ['bounds_crossed', { output: { ...RULES, lower: 5, upper: 5 } }],
    ['bounds_without_integer', { output: { ...RULES, lower: 1.2, upper: 1.8, integer: true } }],
    ['total_series_unknown', { output: { ...RULES, total: { series: 'x', method: 'bottom_up' } } }],
    ['total_alone', { output: { ...RULES, total: { series: 's0', method: 'bottom_up' } } }],
  ])('%s %j', (code, over) => {
    expect(errors(year, over)).toEqual([code]);
  });

  test.each<[string, Partial<PlanRequest>]>([
    ['lower_above_data', { output: { ...RULES, lower: 2 } }],
    ['upper_below_data', { output: { ...RULES, upper: 8 } }],
    ['integer_unlike_data', { output: { ...RULES, integer: true } }],
    ['trials_only_simple', { trials: 5 }],
  ])('%s is a warning: the person may mean it', (code, over) => {
    const { problems } = planForecast(profileOf([144]), request(over), MACHINE);
    expect(problems).toMatchObject([{ severity: 'warning', code }]);
  });

  test('what a total, a far horizon and a single season mean is said', () => {
    const codes = (lengths: number[], over: Partial<PlanRequest>): string[] =>
      planForecast(profileOf(lengths), request(over), MACHINE).problems.map(({ code }) => code);
    const total = { series: 's0', method: 'bottom_up' } as const;
    expect(codes([144, 144], { output: { ...RULES, total } })).toEqual(['total_with_levels']);
    expect(codes([144, 144], { output: { ...RULES, lower: 0, total } })).toEqual([
      'total_with_levels',
      'total_with_bounds',
    ]);
    expect(codes([144], { horizon: 40 })).toEqual(['horizon_many_seasons']);
    expect(codes([30], {})).toEqual(['season_seen_once']);
  });

  test('networks count with what they really need before two of them run at once', () => {
    const panel = profileOf(Array.from({ length: 20 }, () => 120));
    const plan = planForecast(panel, request({ mode: 'standard' }), { slots: 2, memoryBytes: 800 * 2 ** 20 });
    expect(plan.slots).toBe(1);
    expect(plan.reasons.map(({ code }) => code)).toContain('slots_for_memory');
  });

  test('a network that cannot see two seasons says what it sees', () => {
    const panel = profileOf(Array.from({ length: 20 }, () => 34));
    const plan = planForecast(panel, request({ mode: 'standard', models: ['nlinear'] }), MACHINE);
    const nlinear = plan.candidates.find(({ family }) => family === 'nlinear');
    expect(nlinear?.reasons).toContainEqual({ code: 'input_shortened', params: { wanted: 24, points: 22 } });
  });

  test('the same frequency under another name is no problem', () => {
    expect(errors(year, { freq: 'ME' })).toEqual([]);
    expect(errors(profileOf([100], 52, 'W-SUN'), { freq: 'W' })).toEqual([]);
  });

  test('irregular times, no series, no memory', () => {
    expect(errors(profileOf([36], 1, 'irregular'), {})).toEqual(['freq_irregular']);
    expect(errors(profileOf([]), {})).toContain('no_series');
    const panel = profileOf(Array.from({ length: 2000 }, () => 500));
    const plan = planForecast(panel, request(), { slots: 2, memoryBytes: 100 * 2 ** 20 });
    expect(plan.problems.map(({ code }) => code)).toContain('too_large_for_memory');
  });
});

describe('whatever is asked', () => {
  const anyRequest = fc.record({
    horizon: fc.oneof(fc.integer({ min: -5, max: 400 }), fc.double()),
    mode: fc.constantFrom('quick', 'standard', 'advanced'),
    levels: fc.array(fc.integer({ min: -10, max: 120 }), { maxLength: 10 }),
    seed: fc.integer(),
    tags: fc.constant([]),
    budget_seconds: fc.option(fc.double(), { nil: undefined }),
    trials: fc.option(fc.integer({ min: -2, max: 50 }), { nil: undefined }),
    models: fc.option(fc.array(fc.constantFrom('auto_ets', 'naive', 'x'), { maxLength: 3 }), { nil: undefined }),
  });
  const anyProfile = fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 200 }),
    )
    .map(([lengths, season]) => profileOf(lengths, season));

  test('windows fit the data, estimates are finite, baselines are there, and equal questions get equal plans', () => {
    fc.assert(
      fc.property(anyProfile, anyRequest, (profile, asked) => {
        const clean = Object.fromEntries(
          Object.entries(asked).filter(([, value]) => value !== undefined),
        ) as unknown as PlanRequest;
        const plan = planForecast(profile, clean, MACHINE);
        expect(planForecast(profile, clean, MACHINE)).toEqual(plan);
        expect(plan.origins).toBeGreaterThanOrEqual(0);
        expect(plan.min_train).toBeGreaterThan(0);
        expect(Number.isFinite(plan.estimated_seconds) && plan.estimated_seconds > 0).toBe(true);
        if (plan.problems.every(({ severity }) => severity !== 'error')) {
          expect(plan.origins).toBeGreaterThanOrEqual(1);
          expect(plan.min_train + plan.origins * plan.horizon).toBeLessThanOrEqual(profile.lengths.max);
          expect(plan.candidates.some(({ kind }) => kind === 'baseline')).toBe(true);
          expect(plan.budget_seconds === null).toBe(plan.trials !== null);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('words', () => {
  const sources = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n');

  test('both languages have the same codes, and no others than the planner speaks', () => {
    for (const group of ['reasons', 'problems'] as const) {
      expect(Object.keys(ja[group]).toSorted()).toEqual(Object.keys(en[group]).toSorted());
      for (const code of Object.keys(en[group])) {
        const spoken = code.startsWith('model_skipped_')
          ? code.slice('model_skipped_'.length)
          : code.startsWith('suits_')
            ? 'suits_'
            : code;
        expect(sources, code).toContain(spoken);
      }
    }
  });

  test('every code that the planner writes has words', () => {
    const known = new Set([...Object.keys(en.reasons), ...Object.keys(en.problems)]);
    const written = [
      ...sources.matchAll(/code: '(\w+)'/g),
      ...sources.matchAll(/problem\('\w+', '(\w+)'/g),
      ...sources.matchAll(/(?:none|skip)\((?:family, )?'(\w+)'/g),
    ];
    expect(written.length).toBeGreaterThan(30);
    for (const [, code = ''] of written) expect(known, code).toContain(code);
    for (const { id, kind, intermittent } of CATALOG)
      if (kind !== 'baseline' && !intermittent) expect(known).toContain(`suits_${id}`);
  });

  test('every family has a name and a description', () => {
    for (const texts of [modelsEn, modelsJa])
      expect(Object.keys(texts).toSorted()).toEqual(
        [...CATALOG.map(({ id }) => id), 'ensemble', 'last_resort', 'own'].toSorted(),
      );
  });
});
