import type { Diagnostics } from '@minori/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../ui/format.ts';
import { Chart } from './chart.tsx';
import { Key } from './key.tsx';
import { axisLook, type Look, MARGINS, tooltipLook, tooltipNode, useLook } from './look.ts';

const HEIGHT = 220;
type Residuals = Diagnostics['residuals'];

const valueAxis = (look: Look, formatter: (v: number) => string) => ({
  type: 'value',
  ...axisLook(look),
  axisLine: { show: false },
  axisLabel: { ...axisLook(look).axisLabel, formatter },
});

/** Actual minus forecast by steps ahead: the middle half and nine tenths as bands, the middle as a line. */
export function ResidualsByStep({ residuals }: { residuals: Residuals }) {
  const { t } = useTranslation();
  const format = useFormat();
  const look = useLook();
  const { by_step: steps } = residuals;
  const option = useMemo(() => {
    const quantile = (index: number) => steps.map(({ quantiles }) => quantiles[index] ?? 0);
    const band = (id: string, low: number, high: number, color: string) => [
      {
        id: `${id}-low`,
        type: 'line',
        stack: id,
        stackStrategy: 'all',
        data: quantile(low),
        showSymbol: false,
        silent: true,
        lineStyle: { width: 0 },
      },
      {
        id: `${id}-width`,
        type: 'line',
        stack: id,
        stackStrategy: 'all',
        data: quantile(high).map((value, i) => value - (quantile(low)[i] ?? 0)),
        showSymbol: false,
        silent: true,
        lineStyle: { width: 0 },
        areaStyle: { color, opacity: 1 },
      },
    ];
    return {
      animation: false,
      grid: { ...MARGINS, top: 12 },
      xAxis: {
        type: 'category',
        data: steps.map(({ step }) => step),
        ...axisLook(look),
        axisLine: { onZero: false, lineStyle: { color: look.lineStrong } },
      },
      yAxis: valueAxis(look, format.value),
      tooltip: {
        trigger: 'axis',
        ...tooltipLook(look),
        formatter: (items: { dataIndex: number }[]) => {
          const held = steps[items[0]?.dataIndex ?? 0];
          if (held === undefined) return '';
          const [low, , middle, , high] = held.quantiles;
          return tooltipNode(t('why.step', { step: held.step }), [
            { color: look.accent, name: t('why.median'), value: format.value(middle) },
            {
              color: look.bandOuter,
              name: t('why.nine_tenths'),
              value: `${format.value(low)} – ${format.value(high)}`,
            },
            { color: 'transparent', name: t('metrics.mae'), value: format.value(held.mae) },
          ]);
        },
      },
      series: [
        ...band('outer', 0, 4, look.bandOuter),
        ...band('inner', 1, 3, look.bandInner),
        {
          id: 'median',
          type: 'line',
          data: quantile(2),
          symbol: 'circle',
          symbolSize: 5,
          showSymbol: steps.length < 40,
          lineStyle: { color: look.accent, width: 1.8 },
          itemStyle: { color: look.accent },
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: look.ink2, type: [3, 3] },
            data: [{ yAxis: 0 }],
          },
        },
      ],
    };
  }, [steps, look, format, t]);
  return (
    <Chart
      option={option}
      height={HEIGHT}
      name="residuals-by-step"
      summary={t('why.by_step_summary', {
        first: format.value(steps[0]?.mae),
        last: format.value(steps.at(-1)?.mae),
        steps: steps.length,
      })}
      table={() => [
        ['step', 'count', 'bias', 'mae', 'q05', 'q25', 'q50', 'q75', 'q95'],
        ...steps.map(({ step, count, bias, mae, quantiles }) => [step, count, bias, mae, ...quantiles]),
      ]}
      points={steps.length}
      caption={
        <>
          <Key color="var(--accent)">{t('why.median')}</Key>
          <Key color="var(--band-inner)" band>
            {t('why.half')}
          </Key>
          <Key color="var(--band-outer)" band>
            {t('why.nine_tenths')}
          </Key>
        </>
      }
    />
  );
}

/** How often errors of each size occurred. */
export function ResidualHistogram({ residuals }: { residuals: Residuals }) {
  const { t } = useTranslation();
  const format = useFormat();
  const look = useLook();
  const { edges, counts } = residuals.histogram;
  const option = useMemo(() => {
    // As many decimals as tell one bar from the next; adding 0 makes -0 plain.
    const width = (edges[2] ?? 0) - (edges[1] ?? 0);
    const decimals = width > 0 ? Math.min(100, Math.max(0, 1 - Math.floor(Math.log10(width)))) : 0;
    const middle = (index: number) =>
      Number((((edges[index] ?? 0) + (edges[index + 1] ?? 0)) / 2).toFixed(decimals)) + 0;
    const zero = counts.findIndex((_, index) => (edges[index] ?? 0) <= 0 && (edges[index + 1] ?? 0) > 0);
    return {
      animation: false,
      grid: { ...MARGINS, top: 12 },
      xAxis: {
        type: 'category',
        data: counts.map((_, index) => format.value(middle(index))),
        ...axisLook(look),
      },
      yAxis: { ...valueAxis(look, (v) => format.number(v, 0)), minInterval: 1 },
      tooltip: {
        trigger: 'axis',
        ...tooltipLook(look),
        formatter: (items: { dataIndex: number }[]) => {
          const index = items[0]?.dataIndex ?? 0;
          const last = counts.length - 1;
          const range =
            index === 0
              ? `< ${format.value(edges[1])}`
              : index === last
                ? `> ${format.value(edges[last])}`
                : `${format.value(edges[index])} – ${format.value(edges[index + 1])}`;
          return tooltipNode(range, [
            { color: look.accent, name: t('why.points'), value: format.number(counts[index]) },
          ]);
        },
      },
      series: [
        {
          type: 'bar',
          data: counts,
          barCategoryGap: '8%',
          itemStyle: { color: look.accent, opacity: 0.75 },
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: look.ink2, type: [3, 3] },
            data: zero < 0 ? [] : [{ xAxis: zero }],
          },
        },
      ],
    };
  }, [edges, counts, look, format, t]);
  return (
    <Chart
      option={option}
      height={HEIGHT}
      name="residuals"
      summary={t('why.histogram_summary', { count: residuals.count, bias: format.value(residuals.bias) })}
      table={() => [['from', 'to', 'count'], ...counts.map((count, i) => [edges[i], edges[i + 1], count])]}
      points={counts.length}
    />
  );
}
