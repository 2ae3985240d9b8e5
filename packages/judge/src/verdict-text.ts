/** The verdict in words, built from its numbers; shown first on every result. */
import { OWN_MODEL } from '@minori/contract';
import type { Verdict } from '@minori/contract';
import type { VerdictNumbers } from './verdict.ts';
import { FEWEST_ORIGINS } from './verdict.ts';

export type Language = 'ja' | 'en';

export interface VerdictWords {
  readonly code: Verdict['code'];
  readonly numbers: VerdictNumbers;
  /** Families that cannot be told apart from the leader, the leader included; none or one: no tie. */
  readonly tied?: readonly string[];
  /** The lightest of them that is about as good as the leader, and its wall seconds; null when it is the leader. */
  readonly cheapest?: { readonly family: string; readonly seconds: number } | null;
}

/** @param nameOf a family's name in this language */
export function verdictText(words: VerdictWords, language: Language, nameOf: (family: string) => string): string {
  const sentences = language === 'ja' ? japanese(words, nameOf) : english(words, nameOf);
  return sentences.join(language === 'ja' ? '' : ' ');
}

function japanese({ code, numbers, tied = [], cheapest }: VerdictWords, nameOf: (family: string) => string): string[] {
  const isOwn = numbers.baseline === OWN_MODEL;
  const baseline = `${isOwn ? '今お使いの予測' : '単純な予測'}（${nameOf(numbers.baseline)}）`;
  const [worst, most] = [growth(numbers.improvement_low), shrinkage(numbers.improvement_high)];
  const sentences: string[] = [];
  if (numbers.compared === 0)
    return [
      `比べられたのは単純な予測だけです。`,
      `その中では「${nameOf(numbers.best)}」の誤差が最も小さくなりました。`,
    ];
  if (code === 'skill')
    sentences.push(
      `予測できています。`,
      `${deliveredIsSteady(numbers) ? nameOf(numbers.best) : '検証の各時点で、その前の成績だけから選んだ手法'}は、${baseline}より平均 ${percent(numbers.improvement)} 誤差が小さく、差がないと仮定したとき、これほどの差が出る確率は ${probability(numbers.p, ' 未満')} です。`,
    );
  if (code === 'no_skill')
    sentences.push(
      `今回のデータと方法では、${baseline}を確かに上回るものは見つかりませんでした。`,
      `${most === null ? '改善は見られません' : `改善は大きくても ${most} です`}。くじの数字のように規則性のないデータでは正常な結果です。`,
    );
  if (code === 'tie_with_baseline')
    sentences.push(
      `${baseline}より良いとは、まだ言えません。`,
      `${numbers.origins} 回の検証から考えられる誤差の変化は、${worst === null ? '変化なし' : `${worst} の増加`}から ${percent(numbers.improvement_high)} の減少までです。データが増えると、はっきりすることがあります。`,
    );
  if (code === 'too_short')
    sentences.push(
      `データが短いため、予測の良し悪しはまだ判定できません。`,
      `検証できたのは ${numbers.origins} 回で、判定には ${FEWEST_ORIGINS} 回以上が必要です。誤差の順位は目安としてご覧ください。`,
    );
  if (numbers.own && !isOwn)
    sentences.push(
      numbers.own.improvement > 0
        ? `今お使いの予測（${nameOf(OWN_MODEL)}）と比べると、誤差は平均 ${percent(numbers.own.improvement)} 小さくなりました（差がない場合にこうなる確率は ${probability(numbers.own.p, ' 未満')}）。`
        : `今お使いの予測（${nameOf(OWN_MODEL)}）のほうが、誤差は平均 ${percent(1 - 1 / (1 - numbers.own.improvement))} 小さくなりました。`,
    );
  if (code !== 'too_short' && tied.length > 1)
    sentences.push(
      `上位 ${tied.length} つに確かな差はありません。`,
      ...(cheapest
        ? [
            cheapest.family === numbers.best
              ? `この予測には、その中で最も軽い${spaced(nameOf(cheapest.family))}（${seconds(cheapest.seconds)} 秒）を使っています。`
              : `この予測は「${nameOf(numbers.best)}」によるものです。計算の軽さを優先するなら、最も軽い${spaced(nameOf(cheapest.family))}（${seconds(cheapest.seconds)} 秒）を勧めます。`,
          ]
        : []),
    );
  return sentences;
}

function english({ code, numbers, tied = [], cheapest }: VerdictWords, nameOf: (family: string) => string): string[] {
  const isOwn = numbers.baseline === OWN_MODEL;
  const baseline = `${isOwn ? 'the forecast you use today' : 'the simple forecast'} (${nameOf(numbers.baseline)})`;
  const [worst, most] = [growth(numbers.improvement_low), shrinkage(numbers.improvement_high)];
  const sentences: string[] = [];
  if (numbers.compared === 0)
    return ['Only simple forecasts could be compared.', `Of these, ${nameOf(numbers.best)} had the smallest error.`];
  if (code === 'skill')
    sentences.push(
      'This can be forecast.',
      `The errors of ${deliveredIsSteady(numbers) ? nameOf(numbers.best) : 'a method chosen at each test from the earlier results alone'} are on average ${percent(numbers.improvement)} smaller than those of ${baseline}; if there were no difference, a gap this large would appear with a probability of ${probability(numbers.p, 'less than ')}.`,
    );
  if (code === 'no_skill')
    sentences.push(
      `With this data and these methods, nothing was found that reliably beats ${baseline}.`,
      `${most === null ? 'No improvement was seen' : `Any improvement is at most ${most}`}. For data without a pattern, such as lottery numbers, that is the normal result.`,
    );
  if (code === 'tie_with_baseline')
    sentences.push(
      `It cannot yet be said that anything is better than ${baseline}.`,
      `After ${numbers.origins} tests, anything from ${worst === null ? 'no change' : `${worst} larger`} to ${percent(numbers.improvement_high)} smaller errors is possible. More data may settle it.`,
    );
  if (code === 'too_short')
    sentences.push(
      'The data is too short to judge the forecast.',
      `Only ${numbers.origins} ${numbers.origins === 1 ? 'test was' : 'tests were'} possible and at least ${FEWEST_ORIGINS} are needed. Read the order of the errors as a hint only.`,
    );
  if (numbers.own && !isOwn)
    sentences.push(
      numbers.own.improvement > 0
        ? `Compared with the forecast you use today (${nameOf(OWN_MODEL)}), the errors are on average ${percent(numbers.own.improvement)} smaller (probability without a difference: ${probability(numbers.own.p, 'less than ')}).`
        : `The forecast you use today (${nameOf(OWN_MODEL)}) has on average ${percent(1 - 1 / (1 - numbers.own.improvement))} smaller errors.`,
    );
  if (code !== 'too_short' && tied.length > 1)
    sentences.push(
      `There is no certain difference between the top ${tied.length}.`,
      ...(cheapest
        ? [
            cheapest.family === numbers.best
              ? `The forecast is that of the lightest of them, ${nameOf(cheapest.family)} (${seconds(cheapest.seconds)} s).`
              : `The forecast is that of ${nameOf(numbers.best)}; where computing must be light, we suggest ${nameOf(cheapest.family)} (${seconds(cheapest.seconds)} s).`,
          ]
        : []),
    );
  return sentences;
}

/** The family that is delivered was also the choice at every tested origin, so the number is its own. */
function deliveredIsSteady({ choices, best }: VerdictNumbers): boolean {
  return choices.every(({ family }) => family === best);
}

/** By how much errors may have shrunk or grown at most; null where that is shown as nothing. */
const shrinkage = (improvement: number | null): string | null => growth(improvement === null ? null : -improvement);
/** Verdicts of older versions may have a low bound above 0 beside a tie: no growth. */
const growth = (improvement: number | null): string | null =>
  improvement === null || Math.round(-improvement * 100) <= 0 ? null : percent(-improvement);

/** Latin words stand off from Japanese ones. */
function spaced(name: string): string {
  return /^[\x21-\x7E]/.test(name) ? ` ${name}` : name;
}

function percent(share: number | null): string {
  return share === null ? '?' : `${Math.round(share * 100)}%`;
}

function probability(p: number | null, below: string): string {
  if (p === null) return '?';
  if (p < 0.01) return below.startsWith(' ') ? `1%${below}` : `${below}1%`;
  return `${(p * 100).toFixed(1)}%`;
}

function seconds(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
