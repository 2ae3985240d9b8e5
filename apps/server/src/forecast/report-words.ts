/** What the report says, in both languages. */
import ingestEn from '@minori/contract/texts/ingest.en.json' with { type: 'json' };
import ingestJa from '@minori/contract/texts/ingest.ja.json' with { type: 'json' };

export type Language = 'ja' | 'en';

const FREQUENCIES: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  ja: ingestJa.frequencies,
  en: ingestEn.frequencies,
};

/** `MS` -> monthly; an alias without a word stays as it is. */
export function frequencyName(language: Language, freq: string): string {
  const base = freq.replace(/-.*$/, '');
  return Object.hasOwn(FREQUENCIES[language], base) ? `${FREQUENCIES[language][base]} (${freq})` : freq;
}

export const WORDS = {
  ja: {
    title: '予測レポート',
    verdict: '結論',
    none: '検証できなかったため、結論はありません。',
    lastResort:
      '時間内に終わった手法がないため、代わりの予測です。直前の 1 周期（周期がなければ直近の値）をそのまま繰り返したもので、検証はしていません。',
    chart: '実績と予測',
    actual: '実績',
    forecast: '予測',
    interval: (level: number) => `${level}% 区間`,
    values: '予測の値',
    own: '自分の数値',
    ownTitle: (count: number) => `自分の数値（${count} 件）`,
    ownText: 'モデルの値の代わりに使うと決めた数値です。モデルの値も残してあります。',
    reason: '理由',
    by: '入力した人',
    time: '時点',
    series: '系列',
    models: '手法ごとの誤差',
    model: '手法',
    rank: '順位',
    tied: '首位と確かな差なし',
    gain: '基準との差',
    smaller: (share: string) => `${share} 小さい`,
    larger: (share: string) => `${share} 大きい`,
    seconds: '時間（秒）',
    baseline: '基準',
    failed: '失敗',
    coverage: '区間は約束どおりか',
    promised: '約束',
    found: '実際',
    chance: '偶然だけでも動く範囲（95%）',
    coverageText: (model: string) =>
      `過去の検証で、${model}の区間に実績が入った割合です。縦の線は約束の割合、印は実際の割合、帯は点どうしが独立だとしたときの 95% の範囲です。`,
    coverageLabel: (level: number, share: string) => `${level}% 区間に実際は ${share} が入りました`,
    configuration: '設定',
    how: '作り方',
    dataset: 'データ',
    version: '版',
    hash: 'データの SHA-256',
    horizon: '予測期間',
    freq: '間隔',
    season: '周期',
    origins: '検証した区間',
    seed: '乱数の種',
    took: 'かかった時間（秒）',
    created: '作成',
    again: 'もう一度作るには',
    againText:
      '同じデータの版、同じ種、同じ設定で、もう一度探索します。時間の予算で区切った探索は、試行の数が変わると結果も変わることがあります。',
    blend: '組み合わせの重み',
    shown: (shown: number, all: number) =>
      `全 ${all} 系列のうち、はじめの ${shown} 系列を示します。すべての値は forecast.csv にあります。`,
    explain:
      'MASE は、1 周期前の値をそのまま使う予測の誤差を 1 とした誤差です。小さいほど良い値です。順位の左の線は、首位と確かな差が見つからなかった手法を示します。',
    chartLabel: (id: string, from: string, to: string) => `${id}：${from} から ${to} までの予測`,
  },
  en: {
    title: 'Forecast report',
    verdict: 'Conclusion',
    none: 'Nothing could be tested, so there is no conclusion.',
    lastResort:
      'No method was finished in time, so this is a stand-in. The last season is repeated, or the last value where there is no season; it was not tested.',
    chart: 'Known values and forecast',
    actual: 'Actual',
    forecast: 'Forecast',
    interval: (level: number) => `${level}% interval`,
    values: 'Forecast values',
    own: 'Own number',
    ownTitle: (count: number) => `Own numbers (${count})`,
    ownText: 'Put in place of the model’s values by people; the model’s are kept beside them.',
    reason: 'Reason',
    by: 'Entered by',
    time: 'Time',
    series: 'Series',
    models: 'Errors by method',
    model: 'Method',
    rank: 'Rank',
    tied: 'no certain difference from the leader',
    gain: 'Against the yardstick',
    smaller: (share: string) => `${share} smaller`,
    larger: (share: string) => `${share} larger`,
    seconds: 'Time (s)',
    baseline: 'yardstick',
    failed: 'failed',
    coverage: 'Do the intervals hold?',
    promised: 'Promised',
    found: 'Found',
    chance: 'Range that chance alone allows (95%)',
    coverageText: (model: string) =>
      `How often actual values of the backtest fell inside the intervals of ${model}. The tick is the promise, the mark what was found, the bar its 95% range as if points were independent.`,
    coverageLabel: (level: number, share: string) => `${share} fell inside the ${level}% interval`,
    configuration: 'Configuration',
    how: 'How it was made',
    dataset: 'Data',
    version: 'version',
    hash: 'SHA-256 of the data',
    horizon: 'Horizon',
    freq: 'Frequency',
    season: 'Season',
    origins: 'Backtest windows',
    seed: 'Seed',
    took: 'Time taken (s)',
    created: 'Created',
    again: 'To make it again',
    againText:
      'Searches again with the same version of the data, the same seed and the same settings. A search that is ended by its time budget may try more or fewer configurations, and so end differently.',
    blend: 'Weights of the blend',
    shown: (shown: number, all: number) => `The first ${shown} of ${all} series. All values are in forecast.csv.`,
    explain:
      'MASE is the error relative to repeating the value of one season ago (1). Smaller is better. The bar left of a rank marks methods for which no certain difference from the leader was found.',
    chartLabel: (id: string, from: string, to: string) => `${id}: forecast from ${from} to ${to}`,
  },
} as const;
