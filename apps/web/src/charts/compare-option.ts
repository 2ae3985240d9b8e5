import type { ForecastSeries } from '@minori/contract';
import type { EChartsCoreOption } from 'echarts/core';
import type { TFunction } from 'i18next';
import { type Format, type Grain, parseDs } from '../ui/format.ts';
import { axisDate } from './forecast-option.ts';
import { axisLook, DASHES, type Look, MARGINS, tooltipLook, tooltipNode, valueAxis } from './look.ts';
import { minMaxIndexes } from './scale.ts';

export interface Compared {
  name: string;
  data: ForecastSeries;
}
/** Known values before the forecasts, as many as let their difference be seen. */
const TAIL_PER_STEP = 5;
const SHORTEST_TAIL = 48;

interface Wanted {
  items: readonly Compared[];
  grain: Grain;
  look: Look;
  format: Format;
  t: TFunction;
}
/** The forecasts of several runs for one series, grown out of the longest history among them. */
export function compareOption({ items, grain, look, format, t }: Wanted): EChartsCoreOption {
  const longest = items.reduce<ForecastSeries['history']>(
    (held, { data }) => ((data.history.ds.at(-1) ?? '') > (held.ds.at(-1) ?? '') ? data.history : held),
    items[0]?.data.history ?? { ds: [], y: [] },
  );
  const steps = Math.max(1, ...items.map(({ data }) => data.forecast?.ds.length ?? 0));
  const from = Math.max(0, longest.ds.length - Math.max(SHORTEST_TAIL, steps * TAIL_PER_STEP));
  const tail = longest.y.slice(from);
  const history = minMaxIndexes(tail, 2000).map((index): [number, number | null] => [
    parseDs(longest.ds[from + index] ?? ''),
    tail[index] ?? null,
  ]);
  return {
    useUTC: true,
    animation: false,
    grid: MARGINS,
    xAxis: {
      type: grain === 'integer' ? 'value' : 'time',
      scale: true,
      ...(grain === 'integer' ? { min: 'dataMin', max: 'dataMax' } : {}),
      ...axisLook(look),
      splitLine: { show: false },
      axisLabel: {
        ...axisLook(look).axisLabel,
        formatter: (at: number) => (grain === 'integer' ? String(at) : axisDate(at, format.language, grain)),
      },
    },
    yAxis: valueAxis(look, format),
    tooltip: {
      trigger: 'axis',
      ...tooltipLook(look),
      formatter: (shown: { seriesName: string; color: string; value: [number, number | null] }[]) =>
        tooltipNode(
          format.ds(shown[0]?.value[0] ?? 0, grain),
          shown.flatMap(({ seriesName, color, value }) =>
            value[1] === null ? [] : [{ color, name: seriesName, value: format.value(value[1]) }],
          ),
        ),
    },
    series: [
      {
        type: 'line',
        name: t('chart.actual'),
        data: history,
        showSymbol: false,
        lineStyle: { color: look.ink, width: 1.5 },
        itemStyle: { color: look.ink },
      },
      ...items.map(({ name, data }, index) => {
        const color = look.series[index % 6] ?? look.ink;
        return {
          type: 'line',
          name,
          data: data.forecast?.ds.map((ds, step) => [parseDs(ds), data.forecast?.y_hat[step] ?? null]) ?? [],
          showSymbol: steps < 40,
          symbolSize: 4,
          lineStyle: { color, width: 2, type: DASHES[index % DASHES.length] },
          itemStyle: { color },
        };
      }),
    ],
  };
}
