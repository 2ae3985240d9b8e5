import { describe, expect, test } from 'vitest';
import { leaderboard } from './leaderboard.ts';
import { randomSigns } from './statistics.ts';
import { judge } from './verdict.ts';
import type { JudgedFamily } from './verdict.ts';
import { verdictText } from './verdict-text.ts';

const family = (name: string, byOrigin: (number | null)[], baseline = false): JudgedFamily => {
  const known = byOrigin.filter((error) => error !== null);
  return { family: name, baseline, byOrigin, mase: known.reduce((sum, error) => sum + error, 0) / known.length };
};
const NAIVE = [1.2, 1.4, 1.1, 1.3, 1.5, 1.2, 1.3, 1.1];
const better = (share: number): number[] =>
  NAIVE.map((error, index) => error * (share + (index % 2 === 0 ? 0.05 : -0.05)));
const code = (families: JudgedFamily[]): string | undefined => judge(families)?.code;

describe('verdict', () => {
  test('a steady improvement is skill', () => {
    const judgement = judge([family('auto_ets', better(0.7)), family('naive', NAIVE, true)]);
    expect(judgement?.code).toBe('skill');
    expect(judgement?.numbers.improvement).toBeCloseTo(0.3, 1);
    expect(judgement?.numbers.p).toBeCloseTo(1 / 256, 10);
  });

  test('what is best only in hindsight earns nothing: choices look at earlier windows alone', () => {
    const winsLate = [3, 3, 3, 3, 3, 3, 3, 0.1];
    const judgement = judge([family('theta', winsLate), family('naive', NAIVE, true)]);
    expect(judgement?.numbers.choices.slice(1).every(({ family: chosen }) => chosen === 'naive')).toBe(true);
    expect(judgement?.code).not.toBe('skill');
  });

  test('a simple forecast that is itself delivered is no skill', () => {
    expect(code([family('naive', NAIVE, true), family('auto_ets', better(1.3))])).toBe('no_skill');
  });

  test('a wide interval around a small improvement is a tie', () => {
    const noisy = NAIVE.map((error, index) => error * (index % 2 === 0 ? 0.6 : 1.25));
    expect(code([family('auto_ets', noisy), family('naive', NAIVE, true)])).toBe('tie_with_baseline');
  });

  test('four origins are too short', () => {
    expect(code([family('auto_ets', better(0.5).slice(0, 4)), family('naive', NAIVE.slice(0, 4), true)])).toBe(
      'too_short',
    );
  });

  test('for any errors: skill exactly where the low bound lies above 0', () => {
    for (const pattern of randomSigns(27, 300)) {
      // Twenty-seven signs say how many windows there are, and give each side its errors.
      const draw = (from: number): number =>
        pattern.slice(from, from + 3).reduce((sum, sign, at) => sum + sign * (at + 1), 8);
      const windows = 5 + (draw(0) % 3);
      const side = (offset: number): number[] => Array.from({ length: windows }, (_, at) => draw(offset + at) / 8);
      const judgement = judge([family('auto_ets', side(3)), family('naive', side(14), true)]);
      // Ties of the sign patterns are decided within rounding.
      const low = judgement?.numbers.improvement_low ?? Number.NaN;
      expect(judgement?.code === 'skill' ? low : -low).toBeGreaterThan(-1e-9);
    }
  });

  test('nothing to compare gives no verdict', () => {
    expect(judge([])).toBeNull();
    expect(judge([family('auto_ets', NAIVE)])).toBeNull();
  });

  test('perfect forecasts on both sides stay finite', () => {
    const judgement = judge([
      family(
        'auto_ets',
        NAIVE.map(() => 0),
      ),
      family(
        'naive',
        NAIVE.map(() => 0),
        true,
      ),
    ]);
    expect(judgement?.code).toBe('no_skill');
    expect(judgement?.numbers.improvement).toBe(0);
  });
});

describe('words', () => {
  const words = (families: JudgedFamily[], language: 'ja' | 'en'): string => {
    const judgement = judge(families);
    if (judgement === null) throw new Error('no verdict');
    return verdictText(judgement, language, (name) => name);
  };

  test('skill names the improvement and the probability', () => {
    const families = [family('Theta', better(0.7)), family('Naive', NAIVE, true)];
    expect(words(families, 'ja')).toContain('Thetaは、単純な予測（Naive）より平均 30% 誤差が小さく');
    expect(words(families, 'ja')).toContain('1% 未満');
    expect(words(families, 'en')).toContain('less than 1%');
  });

  test('every code speaks both languages', () => {
    for (const share of [0.6, 1, 1.3])
      for (const length of [4, 8]) {
        const families = [
          family('Theta', better(share).slice(0, length)),
          family('Naive', NAIVE.slice(0, length), true),
        ];
        expect(words(families, 'ja')).toMatch(/。$/);
        expect(words(families, 'en')).toMatch(/\.$/);
      }
  });

  test('a tie never speaks of improvements alone, and its bounds are those of the test', () => {
    const families = [family('ETS', [0.5, 0.6, 0.3, 0.4, 1.52]), family('Naive', NAIVE.slice(0, 5), true)];
    const judgement = judge(families);
    // The t-test alone is sure; four of five signs are not.
    expect(judgement?.code).toBe('tie_with_baseline');
    expect(judgement?.numbers.p_t).toBeLessThan(0.05);
    expect(words(families, 'en')).toContain('anything from 1% larger to 73% smaller errors is possible');
    expect(words(families, 'ja')).toContain('1% の増加から 73% の減少まで');
  });

  test('what earlier versions stored as a tie with a bound above 0 is worded as no change', () => {
    const judgement = judge([family('ETS', better(1)), family('Naive', NAIVE, true)]);
    if (judgement === null) throw new Error('no verdict');
    const numbers = { ...judgement.numbers, improvement_low: 0.45, improvement_high: 0.97 };
    const text = verdictText({ code: 'tie_with_baseline', numbers }, 'en', (name) => name);
    expect(text).toContain('anything from no change to 97% smaller errors');
  });

  test('where only simple forecasts were compared, nothing is said of others', () => {
    const simple = [family('Naive', NAIVE, true), family('Mean', better(1.4), true)];
    expect(words(simple, 'ja')).toBe(
      '比べられたのは単純な予測だけです。その中では「Naive」の誤差が最も小さくなりました。',
    );
    expect(words(simple, 'en')).toContain('Only simple forecasts');
  });

  test('ties at the top say what is delivered, and recommend the lightest to those who need it', () => {
    const judgement = judge([family('ETS', better(0.7)), family('Naive', NAIVE, true)]);
    if (judgement === null) throw new Error('no verdict');
    const text = (cheapest: string, language: 'ja' | 'en') =>
      verdictText(
        { ...judgement, tied: ['ETS', 'Theta'], cheapest: { family: cheapest, seconds: 0.21 } },
        language,
        (name) => name,
      );
    expect(text('Theta', 'ja')).toContain(
      '上位 2 つに確かな差はありません。この予測は「ETS」によるものです。計算の軽さを優先するなら、最も軽い Theta（0.2 秒）を勧めます。',
    );
    expect(text('Theta', 'en')).toContain('The forecast is that of ETS; where computing must be light, we suggest');
    expect(text('ETS', 'en')).toContain('The forecast is that of the lightest of them, ETS (0.2 s).');
  });
});

describe('leaderboard', () => {
  const contender = (name: string, byOrigin: (number | null)[], seconds = 1) => ({
    ...family(name, byOrigin),
    seconds,
  });

  test('orders by error and ties what cannot be told apart', () => {
    const near = better(0.7).map((error, index) => error * (index % 3 === 0 ? 1.05 : 0.99));
    const placings = leaderboard([contender('naive', NAIVE), contender('near', near), contender('best', better(0.7))]);
    expect(placings.map(({ family: name, rank, tied }) => [name, rank, tied])).toEqual([
      ['best', 1, true],
      ['near', 2, true],
      ['naive', 3, false],
    ]);
  });

  test('a bracket ends at the first family that differs, however noisy the next ones are', () => {
    const noisy = NAIVE.map((error, index) => error * (index % 2 === 0 ? 9 : 0.4));
    const placings = leaderboard([
      contender('noisy', noisy),
      contender('naive', NAIVE),
      contender('best', better(0.7)),
    ]);
    expect(placings.map(({ family: name, tied }) => [name, tied])).toEqual([
      ['best', false],
      ['naive', false],
      ['noisy', false],
    ]);
  });

  test('a family that lacks windows is measured on those it has, against the best complete one', () => {
    const newest = better(0.5).map((error, index) => (index < 4 ? null : error));
    const easy = NAIVE.map((_, index) => (index < 6 ? null : 0.1));
    const failed = { family: 'failed', mase: null, byOrigin: [], seconds: null };
    const placings = leaderboard([
      failed,
      contender('two windows', easy),
      contender('newest', newest),
      contender('naive', NAIVE),
    ]);
    expect(placings.map(({ family: name, rank, tied }) => [name, rank, tied])).toEqual([
      ['newest', 1, false],
      ['naive', 2, false],
      ['two windows', 3, false],
      ['failed', null, false],
    ]);
    expect(placings[0]?.merit).toBeCloseTo(0.5 * 1.2625, 1);
  });

  test('two origins separate nobody; equal errors go by cost', () => {
    const placings = leaderboard([
      contender('slow', [1, 1], 9),
      contender('fast', [1, 1], 1),
      contender('bad', [9, 9]),
    ]);
    expect(placings.map(({ family: name, tied }) => [name, tied])).toEqual([
      ['fast', true],
      ['slow', true],
      ['bad', true],
    ]);
  });
});
