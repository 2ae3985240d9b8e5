import { describe, expect, test } from 'vitest';
import { csvField, csvLine } from './csv.ts';
import { overridden } from './parameters.ts';
import { keepRules } from './output-rules.ts';
import { renderReport } from './report.ts';
import type { ReportInput } from './report.ts';

describe('CSV', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+SUM(A1)', "'+SUM(A1)"],
    ['@cmd', "'@cmd"],
    ['-2+3', "'-2+3"],
    ['\tx', "'\tx"],
    ['-5', '-5'],
    ['+1.5e3', '+1.5e3'],
    ['東京', '東京'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
  ])('%j becomes %j', (value, field) => expect(csvField(value)).toBe(field));

  test('numbers stay numbers, what is missing is empty', () => {
    expect(csvLine([-1.5, null, Number.NaN, 'x'])).toBe('-1.5,,,x\n');
  });
});

describe('report', () => {
  const hostile = '<img src=x onerror=alert(1)>"\'&';
  const input: ReportInput = {
    id: 7,
    name: hostile,
    run_id: '20260101-000000-abcdef',
    dataset: hostile,
    datasetVersion: 2,
    sha256: 'ab12',
    horizon: 2,
    freq: 'MS',
    season: 12,
    origins: 8,
    seed: 1,
    seconds: 3.21,
    created: '2026-01-01T00:00:00.000Z',
    levels: [80],
    best: 'auto_ets',
    verdict: { ja: `結論 ${hostile}`, en: `Verdict ${hostile}` },
    rows: [
      {
        model: 'auto_ets',
        label: null,
        rank: 1,
        tied: false,
        mase: 0.9,
        smape: 0.1,
        wql: 0.05,
        coverage: { '80': 0.81 },
        coverage_interval: { '80': { low: 0.7, high: 0.9 } },
        seconds: 1,
        baseline: false,
        notes: [{ code: 'retried_smaller', params: { settings: hostile } }],
        failure: null,
      },
      {
        model: 'own',
        label: hostile,
        rank: null,
        tied: false,
        mase: null,
        smape: null,
        wql: null,
        coverage: {},
        coverage_interval: {},
        seconds: null,
        baseline: true,
        notes: [],
        failure: 'unknown',
      },
    ],
    charts: [
      {
        unique_id: hostile,
        history: [1, null, 3],
        ds: [hostile, '2026-02-01'],
        mean: [4, 5],
        low: [[3, 3]],
        high: [[5, 7]],
      },
    ],
    adjusted: [
      {
        unique_id: hostile,
        ds: '2026-02-01',
        value: 6,
        y_hat: 5,
        note: hostile,
        author: hostile,
        created: '2026-01-02T03:04:05Z',
      },
    ],
    series: 9,
    weights: [{ model: hostile, weight: 0.25 }],
    request: { horizon: 2, levels: [80], name: hostile },
  };

  test.each(['ja', 'en'] as const)('in %s: names stay text, nothing is fetched, nothing runs', (language) => {
    const html = renderReport(input, language);
    expect(html).toContain(`<html lang="${language}">`);
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/<script|javascript:|https?:\/\/|url\(|@import/);
    expect(html).not.toMatch(/<\w+(?:\s[\w-]+="[^"]*")*\s(src|href|srcset|action)=/);
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('it has the verdict, the chart, ranks, coverage with its range, values, settings and the way to make it again', () => {
    const html = renderReport({ ...input, verdict: { ja: '結論です。', en: 'The verdict.' } }, 'en');
    const text = html.replaceAll(/<style>.*?<\/style>|<[^>]+>/gs, ' ').replaceAll(/\s+/g, ' ');
    for (const part of [
      'The verdict.',
      'The first 1 of 9 series.',
      'ETS (exponential smoothing)',
      '0.900',
      'Promised Found',
      '80% 81% 70% – 90%',
      '2026-02-01 5.00 6.00 3.00 – 7.00',
      'Own numbers (1)',
      'January 2, 2026',
      './minori runs clone 7',
      'ab12',
      'levels [80]',
      '25%',
    ])
      expect(text).toContain(part);
    expect(html).toContain('aria-label="81% fell inside the 80% interval"');
  });

  test('on paper it is dark on light, and nothing is cut at the edge of a page', () => {
    const [, print = ''] = renderReport(input, 'en').split('@media print');
    expect(print).toMatch(/tr[^}]*break-inside:avoid/);
    // The dark look is for screens only.
    expect(renderReport(input, 'en')).toContain('@media screen and (prefers-color-scheme:dark)');
  });

  test('a search without history or errors still has its report', () => {
    const html = renderReport(
      {
        ...input,
        verdict: null,
        rows: [],
        charts: [{ ...(input.charts[0] as ReportInput['charts'][number]), history: [] }],
      },
      'en',
    );
    expect(html).toContain('Nothing could be tested');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('overrides', () => {
  const request = {
    dataset_id: 1,
    dataset_version: 3,
    horizon: 12,
    mode: 'quick' as const,
    levels: [80],
    seed: 1,
    tags: [],
    budget_seconds: 30,
    run_id: '20260101-000000-abcdef',
  };

  test('change what they name and nothing else; the run_id is never kept', () => {
    expect(overridden(request, { 'Model.horizon': 6 })).toEqual({
      dataset_id: 1,
      dataset_version: 3,
      horizon: 6,
      mode: 'quick',
      levels: [80],
      seed: 1,
      tags: [],
      budget_seconds: 30,
    });
    expect(overridden(request, { 'Optimization.trials': 4 })).not.toHaveProperty('budget_seconds');
    expect(overridden(request, { 'Data.dataset_id': 2 })).not.toHaveProperty('dataset_version');
    expect(overridden(request, { 'Optimization.budget_seconds': null })).not.toHaveProperty('budget_seconds');
  });

  test.each(['__proto__.x', 'Model.__proto__', 'constructor.prototype', 'Data.sha256', 'horizon', ''])(
    '%j is refused',
    (name) => {
      expect(() => overridden(request, { [name]: 1 })).toThrow('override_unknown');
    },
  );
});

describe('rules of the delivered forecast', () => {
  const shape = { series: 3, horizon: 1, columns: 3 };
  const rules = { lower: null, upper: null, integer: false, total: null };
  // Parts a and b, then their total; mean, low, high.
  const values = Float32Array.of(10.4, -2.5, 20.6, 5.2, 1.5, 9.1, 20, 12, 30);
  const keep = (change: object, total: number | null = null): number[] => [
    ...keepRules(values, shape, { ...rules, ...change }, total),
  ];

  test('bounds and whole numbers hold for points and intervals', () => {
    expect(keep({ lower: 0, integer: true })).toEqual([10, 0, 21, 5, 1, 10, 20, 12, 30]);
    expect(keep({ upper: 9.5 })).toEqual(
      [9.5, -2.5, 9.5, 5.2, 1.5, 9.1, 9.5, 9.5, 9.5].map((v) => expect.closeTo(v, 5)),
    );
    expect(keep({ lower: 0.5, upper: 9.5, integer: true }).every((v) => Number.isInteger(v) && v >= 1 && v <= 9)).toBe(
      true,
    );
  });

  test('bottom up: the total is the sum, its interval moves along', () => {
    const kept = keep({ total: { series: 't', method: 'bottom_up' } }, 2);
    expect(kept[6]).toBeCloseTo(15.6, 5);
    expect([kept[7], kept[8]]).toEqual([expect.closeTo(7.6, 5), expect.closeTo(25.6, 5)]);
    expect(kept[0]).toBeCloseTo(10.4, 5);
  });

  test('proportional: the parts share the total, intervals and all', () => {
    const kept = keep({ total: { series: 't', method: 'proportional' } }, 2);
    expect((kept[0] ?? 0) + (kept[3] ?? 0)).toBeCloseTo(20, 4);
    expect(kept[6]).toBeCloseTo(20, 4);
    expect((kept[2] ?? 0) / (kept[0] ?? 1)).toBeCloseTo(20.6 / 10.4, 4);
  });

  test('whole parts still add up', () => {
    for (const method of ['bottom_up', 'proportional']) {
      const kept = keep({ integer: true, lower: 0, total: { series: 't', method } }, 2);
      expect((kept[0] ?? 0) + (kept[3] ?? 0)).toBe(kept[6]);
      expect(kept.every(Number.isInteger)).toBe(true);
    }
  });
});
