/** Charts, tables and strips of the report, as markup. Every text from outside goes through `escapeHtml`. */
import { noteText } from '@minori/contract/texts';
import { familyName } from './names.ts';
import type { ReportChart, ReportInput, ReportRow } from './report.ts';
import { WORDS } from './report-words.ts';
import type { Language } from './report-words.ts';

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

export const nameOf = (language: Language, row: Pick<ReportRow, 'model' | 'label'>): string =>
  row.label ?? familyName(language, row.model);

export function renderLeaderboard({ rows, levels, best }: ReportInput, language: Language): string {
  const words = WORDS[language];
  const yardstick = rows
    .filter(({ baseline, mase }) => baseline && mase !== null)
    .toSorted((a, b) => (a.mase ?? 0) - (b.mase ?? 0))[0];
  const bracket = rows.filter(({ tied }) => tied).length > 1;
  const head = [
    words.model,
    'MASE',
    words.gain,
    'sMAPE',
    'WQL',
    ...levels.map((level) => words.interval(level)),
    words.seconds,
  ];
  const body = rows.map((row) => {
    const tied = bracket && row.tied;
    const notes = row.notes.map(
      ({ code, params }) => `<br><small>${escapeHtml(noteText(language, code, params))}</small>`,
    );
    const name = `${escapeHtml(nameOf(language, row))}${row === yardstick ? ` <small>${words.baseline}</small>` : ''}${notes.join('')}`;
    const gain = row.mase === null || row.baseline || !yardstick?.mase ? null : 1 - row.mase / yardstick.mase;
    const cells = [
      number(row.mase, 3),
      gain === null ? '–' : gain >= 0 ? words.smaller(share(gain)) : words.larger(share(-gain)),
      percent(row.smape),
      number(row.wql, 3),
      ...levels.map((level) => percent(row.coverage[String(level)] ?? null)),
      number(row.seconds, 1),
    ];
    const classes = [row.model === best ? 'best' : '', tied ? 'tie' : ''].filter(Boolean).join(' ');
    const rank = row.failure === null ? String(row.rank ?? '–') : words.failed;
    return `<tr${classes === '' ? '' : ` class="${classes}"`}><td${tied ? ` title="${words.tied}"` : ''}>${rank}</td><th scope="row">${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<div ${region(words.models)}><table><thead><tr><th scope="col">${words.rank}</th>${head
    .map((cell, index) => `<th scope="col"${index === 0 ? ' class="left"' : ''}>${cell}</th>`)
    .join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** The delivered method's intervals: promise, what was found, what chance alone allows. */
export function renderCoverage({ rows, levels, best }: ReportInput, language: Language): string {
  const words = WORDS[language];
  const row = rows.find(({ model }) => model === best);
  const lines = levels.flatMap((level) => {
    const found = row?.coverage[String(level)] ?? null;
    const range = row?.coverage_interval[String(level)];
    if (found === null || range === undefined) return [];
    const outside = level / 100 < range.low || level / 100 > range.high;
    const x = (value: number): string => (4 + 252 * value).toFixed(1);
    const strip = `<svg class="strip${outside ? ' out' : ''}" viewBox="0 0 260 20" role="img" aria-label="${words.coverageLabel(level, share(found))}"><line x1="4" x2="256" y1="10" y2="10"/><line class="range" x1="${x(range.low)}" x2="${x(range.high)}" y1="10" y2="10"/><line class="want" x1="${x(level / 100)}" x2="${x(level / 100)}" y1="2" y2="18"/><circle class="mark" cx="${x(found)}" cy="10" r="5"/></svg>`;
    return [
      `<tr><th scope="row">${level}%</th><td><b>${share(found)}</b></td><td>${share(range.low)} – ${share(range.high)}</td><td>${strip}</td></tr>`,
    ];
  });
  if (row === undefined || lines.length === 0) return '';
  return `<section><h2>${words.coverage}</h2><p class="note">${escapeHtml(words.coverageText(nameOf(language, row)))}</p>
<div ${region(words.coverage)}><table><thead><tr><th scope="col" class="left">${words.promised}</th><th scope="col">${words.found}</th><th scope="col">${words.chance}</th><td></td></tr></thead><tbody>${lines.join('')}</tbody></table></div></section>`;
}

/** A wide table scrolls in its own box, also by the keyboard. */
const region = (name: string): string => `class="scroll" tabindex="0" role="group" aria-label="${name}"`;

const MOST_VALUES = 120;
/** The numbers of the series that are drawn, as many as a page or two hold. */
export function renderValues(input: ReportInput, language: Language): string {
  const { charts, levels } = input;
  const words = WORDS[language];
  const several = charts.length > 1;
  const withOwn = input.adjusted.length > 0;
  const lines = charts
    .flatMap((chart) => {
      const own = ownOf(input, chart);
      return chart.ds.map(
        (ds, step) =>
          `<tr>${several ? `<th scope="row">${escapeHtml(chart.unique_id)}</th>` : ''}<${several ? 'td' : 'th scope="row"'}>${escapeHtml(ds)}</${several ? 'td' : 'th'}><td>${own.has(step) ? value(chart.mean[step]) : `<b>${value(chart.mean[step])}</b>`}</td>${withOwn ? `<td class="mine">${own.has(step) ? `<b>${value(own.get(step))}</b>` : ''}</td>` : ''}${levels
            .map((_, level) => `<td>${value(chart.low[level]?.[step])} – ${value(chart.high[level]?.[step])}</td>`)
            .join('')}</tr>`,
      );
    })
    .slice(0, MOST_VALUES);
  if (lines.length === 0) return '';
  return `<section><h2>${words.values}</h2><div ${region(words.values)}><table><thead><tr>${several ? `<th scope="col" class="left">${words.series}</th>` : ''}<th scope="col"${several ? '' : ' class="left"'}>${words.time}</th><th scope="col">${words.forecast}</th>${withOwn ? `<th scope="col">${words.own}</th>` : ''}${levels.map((level) => `<th scope="col">${words.interval(level)}</th>`).join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div></section>`;
}

/** Step (from 0) -> a person's number, of one series that is drawn. */
export function ownOf({ adjusted }: ReportInput, { unique_id: id, ds }: ReportChart): Map<number, number> {
  return new Map(adjusted.flatMap((own) => (own.unique_id === id ? [[ds.indexOf(own.ds), own.value]] : [])));
}

/** What people put in place of the model's values, and why. */
export function renderAdjusted({ adjusted }: ReportInput, language: Language): string {
  if (adjusted.length === 0) return '';
  const words = WORDS[language];
  const head = [words.series, words.time, words.forecast, words.own, words.reason, words.by];
  const lines = adjusted
    .slice(0, MOST_VALUES)
    .map(
      ({ unique_id: id, ds, y_hat: hat, value: mine, note, author, created }) =>
        `<tr><th scope="row">${escapeHtml(id)}</th><td>${escapeHtml(ds)}</td><td>${value(hat)}</td><td class="mine"><b>${value(mine)}</b></td><td class="left">${escapeHtml(note)}</td><td class="left">${escapeHtml(author)}<br><small>${timeOf(created, language)}</small></td></tr>`,
    );
  return `<section><h2>${words.ownTitle(adjusted.length)}</h2><p class="note">${words.ownText}</p><div ${region(words.own)}><table><thead><tr>${head
    .map((cell, index) => `<th scope="col"${[0, 4, 5].includes(index) ? ' class="left"' : ''}>${cell}</th>`)
    .join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div></section>`;
}

export function renderFacts(facts: readonly (readonly [string, string])[]): string {
  return `<dl>${facts.map(([name, fact]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(fact)}</dd>`).join('')}</dl>`;
}

export function renderKeys({ levels, adjusted }: ReportInput, language: Language): string {
  const words = WORDS[language];
  const line = (name: string, of: string): string =>
    `<span><svg viewBox="0 0 24 10" aria-hidden="true"><path class="${of}" d="M0,5L24,5"/></svg>${name}</span>`;
  const band = `<span><svg viewBox="0 0 24 10" aria-hidden="true"><rect class="band" width="24" height="10"/></svg>${levels.map((level) => words.interval(level)).join(', ')}</span>`;
  const own = `<span><svg viewBox="0 0 24 10" aria-hidden="true"><path class="mine" d="${diamond(12, 5)}"/></svg>${words.own}</span>`;
  return `<p class="keys">${line(words.actual, 'history')}${line(words.forecast, 'forecast')}${adjusted.length === 0 ? '' : own}${levels.length === 0 ? '' : band}</p>`;
}

const WIDTH = 800;
const HEIGHT = 250;
const MARGIN = { top: 12, right: 12, bottom: 28, left: 64 };

const diamond = (x: number, y: number): string => `M${x.toFixed(1)},${(y - 5).toFixed(1)}l5,5l-5,5l-5,-5z`;

/** History as a line, the forecast dashed after it, its intervals as soft bands, people's numbers as marks. */
export function renderChart(chart: ReportChart, own: ReadonlyMap<number, number>, language: Language): string {
  const { history, mean, low, high, ds } = chart;
  const known = history.filter((point) => point !== null);
  const all = [...known, ...mean, ...own.values(), ...low.flat(), ...high.flat()].filter(Number.isFinite);
  const axis = ticksOf(
    all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  );
  const [least, most] = [axis[0] ?? 0, axis.at(-1) ?? 1];
  const count = history.length + mean.length;
  const x = (index: number): number =>
    MARGIN.left + (index / Math.max(1, count - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (of: number): number =>
    MARGIN.top + (1 - (of - least) / Math.max(1e-12, most - least)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const at = (index: number, of: number): string => `${x(index).toFixed(1)},${y(of).toFixed(1)}`;
  const start = history.length;
  const last = history.at(-1) ?? null;
  const bands = low.map((bound, level) => {
    const upper = (high[level] ?? []).map((of, step) => at(start + step, of));
    const lower = bound.map((of, step) => at(start + step, of)).toReversed();
    return `<polygon class="band" points="${[...upper, ...lower].join(' ')}"/>`;
  });
  const line = pathOf(history.map((of, index) => (of === null ? null : at(index, of))));
  const forecast = pathOf([
    ...(last === null ? [] : [at(start - 1, last)]),
    ...mean.map((of, step) => at(start + step, of)),
  ]);
  const marks = [...own].map(([step, of]) => `<path class="mine" d="${diamond(x(start + step), y(of))}"/>`);
  const label = WORDS[language].chartLabel(chart.unique_id, ds[0] ?? '', ds.at(-1) ?? '');
  const ticks = axis.map(
    (of) =>
      `<text x="${MARGIN.left - 8}" y="${(y(of) + 4).toFixed(1)}" text-anchor="end">${shortNumber(of)}</text><line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(of).toFixed(1)}" y2="${y(of).toFixed(1)}"/>`,
  );
  const now = x(Math.max(0, start - 1)).toFixed(1);
  // The dates of a short horizon would stand on each other.
  const apart = x(count - 1) - x(start) > 90;
  return `<figure><figcaption>${escapeHtml(chart.unique_id)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">
${ticks.join('')}${bands.reverse().join('')}
<path class="history" d="${line}"/><path class="forecast" d="${forecast}"/>${marks.join('')}
<line class="now" x1="${now}" x2="${now}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>
<text x="${x(start).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="${apart ? 'middle' : 'end'}">${escapeHtml(ds[0] ?? '')}</text>
<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 8}" text-anchor="end">${escapeHtml(ds.at(-1) ?? '')}</text>
</svg></figure>`;
}

/** Round values around a range, four or so of them: steps of 1, 2 or 5 times a power of ten. */
function ticksOf(least: number, most: number): number[] {
  if (!Number.isFinite(least) || !Number.isFinite(most)) return [0, 1];
  const rough = Math.max(most - least, Math.abs(most) * 1e-6, 1e-12) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(least / step);
  const last = Math.max(Math.ceil(most / step), first + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
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

function number(of: number | null, digits: number): string {
  return of === null ? '–' : of.toFixed(digits);
}

const percent = (of: number | null): string => (of === null ? '–' : `${(of * 100).toFixed(1)}%`);
export const share = (of: number): string => `${Math.round(of * 100)}%`;

/** Four figures are enough to read; large numbers stay whole. */
function value(of: number | undefined): string {
  if (of === undefined || !Number.isFinite(of)) return '–';
  const size = Math.abs(of);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
  return of.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function shortNumber(of: number): string {
  return Number.isFinite(of) ? of.toLocaleString('en', { maximumSignificantDigits: 6 }) : '';
}

/** A report is read anywhere, so its time says its zone. */
export function timeOf(iso: string, language: Language): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(new Date(iso))} UTC`;
}
