import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ceilingOf, type Race } from '../features/run/race.ts';
import { useWording } from '../i18n/wording.ts';
import { useFormat } from '../ui/format.ts';
import { Chart } from './chart.tsx';
import { padded, spread } from './scale.ts';
import { axisLook, DASHES, MARGINS, tooltipLook, tooltipNode, useLook } from './look.ts';

/** Families that get a color and a name; the others stay as thin lines that answer to the pointer. */
const NAMED = 8;
/** Room for the names at the lines' ends. */
const NAMES = globalThis.innerWidth < 620 ? 120 : 160;
const MARKS = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow'] as const;

/** Best error of each family over the time of the search, and the best of all. */
export function RaceChart({ race, height = 240 }: { race: Race; height?: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const look = useLook();
  const top = ceilingOf(race);
  const beyond = race.runners.filter((runner) => runner.mase > top).length;
  const option = useMemo(() => {
    const [low, high] = padded([race.runners[0]?.mase ?? 0, top], 0.08);
    const named = race.runners.slice(0, NAMED).filter((runner) => runner.mase <= high);
    const lift = spread(
      named.map((runner) => ((high - runner.mase) / (high - low || 1)) * (height - 60)),
      13,
    );
    return {
      animation: false,
      grid: { ...MARGINS, right: NAMES + 12, bottom: 8 },
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
          const place = named.indexOf(runner);
          const color = place < 0 ? look.ink3 : (look.series[index % 6] ?? look.ink2);
          return {
            type: 'line',
            name: wording.model(runner.model),
            data: runner.steps.map((value, step) => ({
              value,
              // A mark where the error fell; the corners before a fall and the end of the line have none.
              symbolSize: step === runner.steps.length - 1 || value[1] === runner.steps[step - 1]?.[1] ? 0 : 8,
            })),
            symbol: MARKS[index % MARKS.length],
            lineStyle:
              place < 0
                ? { color, width: 1, opacity: 0.45 }
                : { color, width: 1.4, type: DASHES[index % DASHES.length], opacity: 0.85 },
            itemStyle: { color, opacity: place < 0 ? 0.5 : 1 },
            emphasis: { lineStyle: { width: 2.4, opacity: 1 } },
            endLabel: {
              show: place >= 0,
              formatter: '{a}',
              color: look.ink2,
              fontSize: 11,
              fontFamily: look.font,
              width: NAMES,
              overflow: 'truncate',
              distance: 6,
              offset: [0, lift[place] ?? 0],
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
  }, [race, top, height, look, format, wording, t]);
  const [leader] = race.runners;
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
        ['model', 'seconds', 'best_mase'],
        ...race.runners.flatMap((runner) => runner.steps.map(([at, mase]) => [runner.model, at, mase])),
      ]}
      points={race.runners.length > 0 ? 1 : 0}
      {...(beyond === 0 ? {} : { caption: t('race.beyond', { count: beyond }) })}
    />
  );
}
