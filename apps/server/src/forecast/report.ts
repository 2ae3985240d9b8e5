/** The self-contained report: one HTML file without scripts or addresses, in one language. */
import { familyName } from './names.ts';

export type Language = 'ja' | 'en';

export interface ReportRow {
  readonly model: string;
  readonly rank: number | null;
  readonly tied: boolean;
  readonly mase: number | null;
  readonly smape: number | null;
  readonly wql: number | null;
  readonly coverage: Readonly<Record<string, number | null>>;
  readonly seconds: number | null;
  readonly baseline: boolean;
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

export interface ReportInput {
  readonly name: string;
  readonly run_id: string;
  readonly dataset: string;
  readonly datasetVersion: number;
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
  /** Series in all; the charts show the first of them. */
  readonly series: number;
}

const WORDS = {
  ja: {
    title: '予測レポート',
    verdict: '結論',
    none: '検証できなかったため、結論はありません。',
    forecast: '予測',
    chart: '実績と予測',
    levels: '予測区間',
    models: '手法ごとの誤差',
    model: '手法',
    rank: '順位',
    tied: '確かな差なし',
    coverage: '区間に入った割合',
    seconds: '秒',
    baseline: '基準',
    how: '作り方',
    dataset: 'データ',
    version: '版',
    horizon: '予測期間',
    freq: '間隔',
    season: '周期',
    origins: '検証した時点',
    seed: '乱数の種',
    time: 'かかった時間（秒）',
    created: '作成',
    shown: (shown: number, all: number) =>
      `全 ${all} 系列のうち、はじめの ${shown} 系列を示します。すべての値は forecast.csv にあります。`,
    explain: 'MASE は、1 周期前の値をそのまま使う予測の誤差を 1 とした誤差です。小さいほど良い値です。',
    failed: '失敗',
    chartLabel: (id: string, from: string, to: string) => `${id}：${from} から ${to} までの予測`,
  },
  en: {
    title: 'Forecast report',
    verdict: 'Conclusion',
    none: 'Nothing could be tested, so there is no conclusion.',
    forecast: 'Forecast',
    chart: 'Known values and forecast',
    levels: 'Intervals',
    models: 'Errors by method',
    model: 'Method',
    rank: 'Rank',
    tied: 'no certain difference',
    coverage: 'Inside interval',
    seconds: 's',
    baseline: 'yardstick',
    how: 'How it was made',
    dataset: 'Data',
    version: 'version',
    horizon: 'Horizon',
    freq: 'Frequency',
    season: 'Season',
    origins: 'Tested moments',
    seed: 'Seed',
    time: 'Time taken (s)',
    created: 'Created',
    shown: (shown: number, all: number) => `The first ${shown} of ${all} series. All values are in forecast.csv.`,
    explain: 'MASE is the error relative to repeating the value of one season ago (1). Smaller is better.',
    failed: 'failed',
    chartLabel: (id: string, from: string, to: string) => `${id}: forecast from ${from} to ${to}`,
  },
} as const;

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

export function renderReport(input: ReportInput, language: Language): string {
  const words = WORDS[language];
  const title = `${words.title}: ${input.name}`;
  const facts: [string, string][] = [
    [words.dataset, `${input.dataset} (${words.version} ${input.datasetVersion})`],
    [words.horizon, String(input.horizon)],
    [words.freq, input.freq],
    [words.season, String(input.season)],
    [words.origins, String(input.origins)],
    [words.seed, String(input.seed)],
    [words.time, input.seconds.toFixed(1)],
    [words.created, input.created],
    ['run_id', input.run_id],
  ];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header><p class="brand">実り Minori</p><h1>${escapeHtml(title)}</h1></header>
<section class="verdict"><h2>${words.verdict}</h2><p>${escapeHtml(input.verdict?.[language] ?? words.none)}</p></section>
<section><h2>${words.chart}</h2>
${input.series > input.charts.length ? `<p class="note">${words.shown(input.charts.length, input.series)}</p>` : ''}
${input.charts.map((chart) => renderChart(chart, language)).join('\n')}
<p class="note">${words.levels}: ${input.levels.map((level) => `${level}%`).join(', ')}</p>
</section>
<section><h2>${words.models}</h2>
${renderTable(input, language)}
<p class="note">${words.explain}</p>
</section>
<section><h2>${words.how}</h2><dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl></section>
</main>
</body>
</html>
`;
}

function renderTable({ rows, levels, best }: ReportInput, language: Language): string {
  const words = WORDS[language];
  const head = [
    words.rank,
    words.model,
    'MASE',
    'sMAPE',
    'WQL',
    ...levels.map((level) => `${words.coverage} ${level}%`),
    words.seconds,
  ];
  const body = rows.map((row) => {
    const name = `${escapeHtml(familyName(language, row.model))}${row.baseline ? ` <small>${words.baseline}</small>` : ''}`;
    const rank =
      row.failure === null ? `${row.rank ?? '–'}${row.tied ? ` <small>${words.tied}</small>` : ''}` : words.failed;
    const cells = [
      number(row.mase, 3),
      percent(row.smape),
      percent(row.wql),
      ...levels.map((level) => percent(row.coverage[String(level)] ?? null)),
      number(row.seconds, 1),
    ];
    return `<tr${row.model === best ? ' class="best"' : ''}><td>${rank}</td><th scope="row">${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const WIDTH = 760;
const HEIGHT = 240;
const MARGIN = { top: 12, right: 12, bottom: 28, left: 64 };

/** History as a line, the forecast dashed after it, its intervals as soft bands. */
function renderChart(chart: ReportChart, language: Language): string {
  const { history, mean, low, high, ds } = chart;
  const known = history.filter((value) => value !== null);
  const all = [...known, ...mean, ...low.flat(), ...high.flat()].filter(Number.isFinite);
  const least = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const count = history.length + mean.length;
  const x = (index: number): number =>
    MARGIN.left + (index / Math.max(1, count - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number): number =>
    MARGIN.top + (1 - (value - least) / Math.max(1e-12, most - least)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const at = (index: number, value: number): string => `${x(index).toFixed(1)},${y(value).toFixed(1)}`;
  const start = history.length;
  const last = history.at(-1) ?? null;
  const bands = low.map((bound, level) => {
    const upper = (high[level] ?? []).map((value, step) => at(start + step, value));
    const lower = bound.map((value, step) => at(start + step, value)).toReversed();
    return `<polygon class="band" points="${[...upper, ...lower].join(' ')}"/>`;
  });
  const line = pathOf(history.map((value, index) => (value === null ? null : at(index, value))));
  const forecast = pathOf([
    ...(last === null ? [] : [at(start - 1, last)]),
    ...mean.map((value, step) => at(start + step, value)),
  ]);
  const label = WORDS[language].chartLabel(chart.unique_id, ds[0] ?? '', ds.at(-1) ?? '');
  const ticks = [least, (least + most) / 2, most].map(
    (value) =>
      `<text x="${MARGIN.left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${shortNumber(value)}</text><line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>`,
  );
  return `<figure><figcaption>${escapeHtml(chart.unique_id)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">
${ticks.join('')}${bands.reverse().join('')}
<path class="history" d="${line}"/><path class="forecast" d="${forecast}"/>
<line class="now" x1="${x(Math.max(0, start - 1)).toFixed(1)}" x2="${x(Math.max(0, start - 1)).toFixed(1)}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>
<text x="${x(start).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(ds[0] ?? '')}</text>
<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 8}" text-anchor="end">${escapeHtml(ds.at(-1) ?? '')}</text>
</svg></figure>`;
}

/** A path with gaps where a point is missing. */
function pathOf(points: readonly (string | null)[]): string {
  let path = '';
  let pen = false;
  for (const point of points) {
    if (point !== null) path += `${pen ? 'L' : 'M'}${point}`;
    pen = point !== null;
  }
  return path;
}

function number(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}

function percent(value: number | null): string {
  return value === null ? '–' : `${(value * 100).toFixed(1)}%`;
}

function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '';
}

const STYLE = `:root{color-scheme:light dark;--ink:#22261f;--paper:#fbfaf6;--line:#d9d6cb;--accent:#4a6b2a;--muted:#62665c}
@media(prefers-color-scheme:dark){:root{--ink:#e9e7df;--paper:#1b1d19;--line:#3b3e36;--accent:#a5c97f;--muted:#a5a89d}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 "Noto Sans JP",system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:820px;margin:0 auto;padding:24px 16px}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
.brand{color:var(--accent);margin:0}.verdict{border-left:4px solid var(--accent);padding:1px 16px}
.note,figcaption,small{color:var(--muted)}figure{margin:16px 0}svg{width:100%;height:auto}
.history{fill:none;stroke:var(--ink);stroke-width:1.5}.forecast{fill:none;stroke:var(--accent);stroke-width:2;stroke-dasharray:6 3}
.band{fill:var(--accent);opacity:.18}.grid{stroke:var(--line)}.now{stroke:var(--muted);stroke-dasharray:2 3}svg text{fill:var(--muted);font-size:11px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{padding:6px 8px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th[scope=row],thead th:nth-child(2){text-align:left;font-weight:400}.best th,.best td{font-weight:700;color:var(--accent)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
@media print{body{background:#fff;color:#000}section{break-inside:avoid}}`;
