/** The self-contained report: one HTML file without scripts or addresses, in one language. */
import { LAST_RESORT_MODEL } from '@minori/contract';
import type { TrialNote } from '@minori/contract';
import { familyName } from './names.ts';
import {
  escapeHtml,
  ownOf,
  renderAdjusted,
  renderChart,
  renderCoverage,
  renderFacts,
  renderKeys,
  renderLeaderboard,
  renderValues,
  share,
  timeOf,
} from './report-parts.ts';
import { STYLE } from './report-style.ts';
import { frequencyName, WORDS } from './report-words.ts';
import type { Language } from './report-words.ts';

export interface ReportRow {
  readonly model: string;
  /** What people call their own forecast; null for all others. */
  readonly label: string | null;
  readonly rank: number | null;
  readonly tied: boolean;
  readonly mase: number | null;
  readonly smape: number | null;
  readonly wql: number | null;
  readonly coverage: Readonly<Record<string, number | null>>;
  readonly coverage_interval: Readonly<Record<string, { readonly low: number; readonly high: number }>>;
  readonly seconds: number | null;
  readonly baseline: boolean;
  /** That memory had run out, and what was done about it. */
  readonly notes: readonly TrialNote[];
  /** Why it has no errors, as a code. */
  readonly failure: string | null;
}

export interface ReportChart {
  readonly unique_id: string;
  /** Newest values that were known, oldest first; null where there is none. */
  readonly history: readonly (number | null)[];
  readonly ds: readonly string[];
  readonly mean: readonly number[];
  /** Widest last, as the levels. */
  readonly low: readonly (readonly number[])[];
  readonly high: readonly (readonly number[])[];
}

/** A person's own number beside the model's. */
export interface ReportAdjustment {
  readonly unique_id: string;
  readonly ds: string;
  readonly value: number;
  /** The model's. */
  readonly y_hat: number;
  readonly note: string;
  readonly author: string;
  /** ISO. */
  readonly created: string;
}

export interface ReportInput {
  readonly id: number;
  readonly name: string;
  readonly run_id: string;
  readonly dataset: string;
  readonly datasetVersion: number;
  readonly sha256: string;
  readonly horizon: number;
  readonly freq: string;
  readonly season: number;
  readonly origins: number;
  readonly seed: number;
  readonly seconds: number;
  readonly created: string;
  readonly levels: readonly number[];
  readonly best: string;
  readonly verdict: Readonly<Record<Language, string>> | null;
  readonly rows: readonly ReportRow[];
  readonly charts: readonly ReportChart[];
  /** Of all series; none when the forecast is as the model made it. */
  readonly adjusted: readonly ReportAdjustment[];
  /** Series in all; the charts show the first of them. */
  readonly series: number;
  /** Members of the blend, when that is delivered; shares add up to 1. */
  readonly weights: readonly { readonly model: string; readonly weight: number }[];
  /** The request as it was given: what a clone starts from. */
  readonly request: Readonly<Record<string, unknown>>;
}

export function renderReport(input: ReportInput, language: Language): string {
  const words = WORDS[language];
  const title = `${words.title}${language === 'ja' ? '：' : ': '}${input.name}`;
  const facts: [string, string][] = [
    [words.dataset, `${input.dataset} (${words.version} ${input.datasetVersion})`],
    [words.hash, input.sha256],
    [words.horizon, String(input.horizon)],
    [words.freq, frequencyName(language, input.freq)],
    [words.season, String(input.season)],
    [words.origins, String(input.origins)],
    [words.seed, String(input.seed)],
    [words.took, input.seconds.toFixed(1)],
    [words.created, timeOf(input.created, language)],
    ['run_id', input.run_id],
  ];
  const given = Object.entries(input.request).filter(([, setting]) => !isEmpty(setting));
  const settings = given.map(([name, setting]): [string, string] => [
    name,
    typeof setting === 'string' ? setting : JSON.stringify(setting),
  ]);
  const weights = input.weights.map(({ model, weight }): [string, string] => [
    familyName(language, model),
    share(weight),
  ]);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header><p class="brand">実り Minori</p><h1>${escapeHtml(title)}</h1></header>
<section class="verdict"><h2>${words.verdict}</h2>${renderVerdict(input.verdict?.[language] ?? (input.best === LAST_RESORT_MODEL ? words.lastResort : words.none))}</section>
<section><h2>${words.chart}</h2>
${input.series > input.charts.length ? `<p class="note">${words.shown(input.charts.length, input.series)}</p>` : ''}
${renderKeys(input, language)}
${input.charts.map((chart) => renderChart(chart, ownOf(input, chart), language)).join('\n')}
</section>
<section><h2>${words.models}</h2>
${renderLeaderboard(input, language)}
<p class="note">${words.explain}</p>
${weights.length === 0 ? '' : `<h3>${words.blend}</h3>${renderFacts(weights)}`}
</section>
${renderCoverage(input, language)}
${renderValues(input, language)}
${renderAdjusted(input, language)}
<section><h2>${words.how}</h2>
${renderFacts(facts)}
<h3>${words.again}</h3>
<pre><code>./minori runs clone ${input.id}</code></pre>
<p class="note">${words.againText}</p>
<h3>${words.configuration}</h3>
${renderFacts(settings)}
</section>
</main>
</body>
</html>
`;
}

/** The first sentence is the conclusion; the others are its grounds. */
function renderVerdict(text: string): string {
  const [, conclusion = text, grounds = ''] = /^(.+?(?:。|\.(?=\s)))\s*(.*)$/su.exec(text) ?? [];
  return `<p><strong>${escapeHtml(conclusion)}</strong></p>${grounds === '' ? '' : `<p>${escapeHtml(grounds)}</p>`}`;
}

const isEmpty = (setting: unknown): boolean =>
  setting === null || setting === undefined || (Array.isArray(setting) && setting.length === 0);
