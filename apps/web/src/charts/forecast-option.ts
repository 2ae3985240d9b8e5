import type { ForecastSeries } from '@minori/contract';
import type { EChartsCoreOption } from 'echarts/core';
import type { TFunction } from 'i18next';
import { type Format, type Grain, parseDs } from '../ui/format.ts';
import { axisLook, type Look, MARGINS, tooltipLook, tooltipNode, valueAxis } from './look.ts';
import { minMaxIndexes } from './scale.ts';

type Point = [number, number | null];
const MAX_POINTS = 2000;
/** Below this share of the picture the word at the last actual value would reach the button in the corner. */
const NARROW = 0.1;
const BUTTON_PX = 24;

/** Levels named by `lo-80`, `hi-80`, …: widest first. */
export const levelsOf = (intervals: Record<string, number[]>): number[] =>
  Object.keys(intervals)
    .filter((key) => key.startsWith('lo-'))
    .map((key) => Number(key.slice(3)))
    .toSorted((a, b) => b - a);

interface Band {
  name: string;
  color: string;
  low: Point[];
  width: Point[];
}
/** A band is an invisible floor with the width stacked upon it. */
function bandsOf(
  forecast: NonNullable<ForecastSeries['forecast']>,
  start: Point | null,
  colors: [string, string],
): Band[] {
  const levels = levelsOf(forecast.intervals);
  return levels.map((level, index) => {
    const lo = forecast.intervals[`lo-${level}`] ?? [];
    const hi = forecast.intervals[`hi-${level}`] ?? [];
    const low: Point[] = forecast.ds.map((ds, i) => [parseDs(ds), lo[i] ?? null]);
    const width: Point[] = forecast.ds.map((ds, i) => [parseDs(ds), (hi[i] ?? 0) - (lo[i] ?? 0)]);
    if (start !== null) {
      low.unshift(start);
      width.unshift([start[0], 0]);
    }
    return { name: `${level}%`, color: index === 0 ? colors[0] : colors[1], low, width };
  });
}

interface Wanted {
  data: ForecastSeries;
  grain: Grain;
  look: Look;
  format: Format;
  t: TFunction;
  live: boolean;
}
/** The whole drawing: history, shaded backtest windows, what was said in them, forecast and its bands. */
export function forecastOption({ data, grain, look, format, t, live }: Wanted): EChartsCoreOption {
  const kept = minMaxIndexes(data.history.y, MAX_POINTS);
  const history: Point[] = kept.map((index) => [parseDs(data.history.ds[index] ?? ''), data.history.y[index] ?? null]);
  const start = history.findLast((point) => point[1] !== null) ?? null;
  const forecast: Point[] =
    data.forecast === null ? [] : data.forecast.ds.map((ds, i) => [parseDs(ds), data.forecast?.y_hat[i] ?? null]);
  const bands = data.forecast === null ? [] : bandsOf(data.forecast, start, [look.bandOuter, look.bandInner]);
  const own = data.forecast?.adjusted ?? [];
  // The numbers in force: the model's, and people's own in their place.
  const inForce: Point[] = own.every((value) => value === null)
    ? []
    : forecast.map(([at, value], step) => [at, own[step] ?? value]);
  const backtest: Point[] = data.backtest.flatMap((window): Point[] => [
    ...window.ds.map((ds, i): Point => [parseDs(ds), window.y_hat[i] ?? null]),
    [parseDs(window.ds.at(-1) ?? ''), null],
  ]);
  const areas = data.backtest.map((window, index) => [
    { xAxis: parseDs(window.cutoff), itemStyle: { color: index % 2 === 0 ? look.ink : look.ink2, opacity: 0.045 } },
    { xAxis: parseDs(window.ds.at(-1) ?? '') },
  ]);
  const byTime = new Map(backtest.filter((point) => point[1] !== null));
  const shown = history.length + forecast.length;
  // Long histories open on the part that the forecast grows out of.
  const focus = shown > 400 ? Math.max(0, 100 - (Math.max(forecast.length * 8, 160) / shown) * 100) : 0;
  const ahead = forecast.length / (shown * (1 - focus / 100));
  const inside = { type: 'inside', start: focus, end: 100, zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true };
  return {
    useUTC: true,
    animation: false,
    grid: { ...MARGINS, bottom: live ? 8 : 44 },
    xAxis: {
      type: grain === 'integer' ? 'value' : 'time',
      scale: true,
      // Numbers have no calendar to end at: without this the axis runs on to the next round one.
      ...(grain === 'integer' ? { min: 'dataMin', max: 'dataMax' } : {}),
      ...axisLook(look),
      splitLine: { show: false },
      axisLabel: {
        ...axisLook(look).axisLabel,
        formatter: (at: number) => (grain === 'integer' ? String(at) : axisDate(at, format.language, grain)),
      },
      axisPointer: { label: { show: false } },
    },
    yAxis: valueAxis(look, format),
    tooltip: {
      trigger: 'axis',
      ...tooltipLook(look),
      axisPointer: { type: 'line', lineStyle: { color: look.lineStrong } },
      formatter: (items: { seriesId: string; value: Point }[]) => {
        const first = items[0];
        if (first === undefined) return '';
        const time = first.value[0];
        const rows = [];
        const actual = items.find((item) => item.seriesId === 'history')?.value[1];
        if (actual !== undefined && actual !== null)
          rows.push({ color: look.ink, name: t('chart.actual'), value: format.value(actual) });
        const past = byTime.get(time);
        if (past !== undefined)
          rows.push({ color: look.series[0] ?? look.ink, name: t('chart.backtest'), value: format.value(past) });
        const step = data.forecast?.ds.findIndex((ds) => parseDs(ds) === time) ?? -1;
        if (data.forecast !== null && step >= 0) {
          rows.push({
            color: look.accent,
            name: t('chart.forecast'),
            value: format.value(data.forecast.y_hat[step]),
          });
          const mine = own[step] ?? null;
          if (mine !== null) rows.push({ color: look.amber, name: t('chart.adjusted'), value: format.value(mine) });
          for (const level of levelsOf(data.forecast.intervals).toReversed())
            rows.push({
              color: look.bandInner,
              name: t('chart.interval', { level }),
              value: `${format.value(data.forecast.intervals[`lo-${level}`]?.[step])} – ${format.value(data.forecast.intervals[`hi-${level}`]?.[step])}`,
            });
        }
        return tooltipNode(format.ds(time, grain), rows);
      },
    },
    dataZoom: live
      ? [inside]
      : [
          inside,
          {
            type: 'slider',
            start: focus,
            end: 100,
            height: 20,
            bottom: 8,
            borderColor: look.line,
            fillerColor: look.bandOuter,
            handleStyle: { color: look.surface, borderColor: look.lineStrong },
            moveHandleSize: 0,
            dataBackground: { lineStyle: { color: look.lineStrong }, areaStyle: { color: look.line } },
            selectedDataBackground: { lineStyle: { color: look.ink3 }, areaStyle: { color: look.line } },
            showDetail: false,
            brushSelect: false,
          },
        ],
    series: [
      {
        id: 'history',
        type: 'line',
        data: history,
        showSymbol: history.length < 60,
        symbol: 'circle',
        symbolSize: 4,
        lineStyle: { color: look.ink, width: 1.5 },
        itemStyle: { color: look.ink },
        z: 4,
        markLine:
          start === null
            ? {}
            : {
                silent: true,
                symbol: 'none',
                label: {
                  formatter: t('chart.today'),
                  color: look.ink2,
                  fontSize: 11,
                  fontFamily: look.font,
                  position: 'end',
                  // To the left of the line: on its right there is only the horizon.
                  align: 'right',
                  padding: [0, ahead < NARROW ? BUTTON_PX : 0, 0, 0],
                },
                lineStyle: { color: look.lineStrong, type: [3, 3] },
                data: [{ xAxis: start[0] }],
              },
        markArea: { silent: true, data: areas },
      },
      {
        id: 'backtest',
        type: 'line',
        data: backtest,
        showSymbol: false,
        lineStyle: { color: look.series[0], width: 1.6, type: [5, 3] },
        itemStyle: { color: look.series[0] },
        z: 5,
      },
      ...bands.flatMap((band, index) => [
        {
          id: `low-${index}`,
          type: 'line',
          data: band.low,
          stack: `band-${index}`,
          stackStrategy: 'all',
          showSymbol: false,
          silent: true,
          lineStyle: { width: 0 },
          z: 2,
        },
        {
          id: `width-${index}`,
          type: 'line',
          data: band.width,
          stack: `band-${index}`,
          stackStrategy: 'all',
          showSymbol: false,
          silent: true,
          lineStyle: { width: 0 },
          areaStyle: { color: band.color, opacity: 1 },
          z: 2,
        },
      ]),
      {
        id: 'forecast',
        type: 'line',
        data: start === null ? forecast : [start, ...forecast],
        showSymbol: forecast.length < 40,
        symbol: 'circle',
        symbolSize: (point: Point) => (start !== null && point[0] === start[0] ? 0 : 5),
        lineStyle: { color: look.accent, width: 2.2 },
        itemStyle: { color: look.accent },
        z: 6,
      },
      {
        id: 'adjusted',
        type: 'line',
        data: start === null || inForce.length === 0 ? inForce : [start, ...inForce],
        symbol: 'diamond',
        // Marks stand on people's own numbers only; the first point is the last actual.
        symbolSize: (_: Point, { dataIndex }: { dataIndex: number }) =>
          (own[dataIndex - (start === null ? 0 : 1)] ?? null) === null ? 0 : 9,
        lineStyle: { color: look.amber, width: 1.6, type: [6, 3] },
        itemStyle: { color: look.amber },
        z: 7,
      },
    ],
  };
}

const axisFormats = new Map<string, Intl.DateTimeFormat>();
export function axisDate(at: number, language: string, grain: string): string {
  const date = new Date(at);
  const newYear = date.getUTCMonth() === 0 && date.getUTCDate() === 1 && date.getUTCHours() === 0;
  const kind =
    newYear || grain === 'year'
      ? 'year'
      : date.getUTCDate() === 1 && date.getUTCHours() === 0
        ? 'month'
        : date.getUTCHours() === 0 && date.getUTCMinutes() === 0
          ? 'day'
          : 'time';
  const key = `${language}-${kind}`;
  const known = axisFormats.get(key);
  if (known !== undefined) return known.format(date);
  const options: Record<string, Intl.DateTimeFormatOptions> = {
    year: { year: 'numeric' },
    month: { month: 'short' },
    day: { month: 'numeric', day: 'numeric' },
    time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  };
  const made = new Intl.DateTimeFormat(language, { ...options[kind], timeZone: 'UTC' });
  axisFormats.set(key, made);
  return made.format(date);
}
