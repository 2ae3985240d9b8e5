import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Race } from '../features/run/race.ts';
import { useWording } from '../i18n/wording.ts';
import { useFormat } from '../ui/format.ts';
import { Chart } from './chart.tsx';
import { extent, padded, spread } from './scale.ts';
import { axisLook, DASHES, MARGINS, tooltipLook, tooltipNode, useLook } from './look.ts';

/** Error per family over the time of the search, and the best so far. */
export function RaceChart({ race, height = 240 }: { race: Race; height?: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const look = useLook();
  const option = useMemo(() => {
    const [low, high] = padded(extent(race.runners.map((runner) => runner.mase)), 0.08);
    const lift = spread(
      race.runners.map((runner) => ((high - runner.mase) / (high - low || 1)) * (height - 60)),
      13,
    );
    return {
      animation: false,
      grid: { ...MARGINS, right: 132, bottom: 8 },
      xAxis: {
        type: 'value',
        min: 0,
        max: race.end,
        ...axisLook(look),
        splitLine: { show: false },
        axisLabel: {
          ...axisLook(look).axisLabel,
          formatter: (s: number) => format.seconds(Math.round(s * 10) / 10),
          showMaxLabel: false,
        },
      },
      yAxis: {
        type: 'value',
        min: low,
        max: high,
        name: 'MASE',
        nameGap: 8,
        ...axisLook(look),
        axisLine: { show: false },
        axisLabel: {
          ...axisLook(look).axisLabel,
          formatter: (v: number) => format.number(v),
          showMinLabel: false,
          showMaxLabel: false,
        },
      },
      tooltip: {
        trigger: 'item',
        ...tooltipLook(look),
        formatter: (item: { seriesName: string; value: [number, number]; color: string }) =>
          tooltipNode(item.seriesName, [
            { color: item.color, name: 'MASE', value: format.fixed(item.value[1]) },
            { color: 'transparent', name: t('race.after'), value: format.seconds(item.value[0]) },
          ]),
      },
      series: [
        ...race.runners.map((runner, index) => {
          const color = look.series[index % 6] ?? look.ink2;
          return {
            type: 'line',
            name: wording.model(runner.model),
            data: [
              { value: [runner.at, runner.mase], symbolSize: 8 },
              { value: [race.end, runner.mase], symbolSize: 0 },
            ],
            symbol: ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow'][index % 6],
            lineStyle: { color, width: 1.3, type: DASHES[index % DASHES.length], opacity: 0.8 },
            itemStyle: { color },
            endLabel: {
              show: true,
              formatter: '{a}',
              color: look.ink2,
              fontSize: 11,
              fontFamily: look.font,
              width: 120,
              overflow: 'truncate',
              distance: 6,
              offset: [0, lift[index] ?? 0],
            },
          };
        }),
        {
          type: 'line',
          name: t('race.best'),
          data: race.best,
          showSymbol: false,
          silent: true,
          lineStyle: { color: look.accent, width: 2.6 },
          itemStyle: { color: look.accent },
          z: 6,
        },
      ],
    };
  }, [race, height, look, format, wording, t]);
  const leader = race.runners.toSorted((a, b) => a.mase - b.mase)[0];
  return (
    <Chart
      option={option}
      height={height}
      name="race"
      summary={
        leader === undefined
          ? t('race.empty')
          : t('race.summary', {
              count: race.runners.length,
              name: wording.model(leader.model),
              mase: format.fixed(leader.mase),
              time: format.seconds(leader.at),
            })
      }
      table={() => [
        ['model', 'seconds', 'mase'],
        ...race.runners.map((runner) => [runner.model, runner.at, runner.mase]),
      ]}
      points={race.runners.length > 0 ? 1 : 0}
    />
  );
}
