import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { grainOf, useFormat } from '../ui/format.ts';
import { Chart } from './chart.tsx';
import { type Compared, compareOption } from './compare-option.ts';
import { Key } from './key.tsx';
import { useLook } from './look.ts';

/** What several runs expect of one series, on one piece of paper. */
export function CompareChart({ items, freq }: { items: readonly Compared[]; freq: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const look = useLook();
  const grain = grainOf(freq);
  const option = useMemo(() => compareOption({ items, grain, look, format, t }), [items, grain, look, format, t]);
  return (
    <Chart
      option={option}
      height={320}
      name="compare"
      summary={t('compare.chart_summary', {
        series: items[0]?.data.unique_id ?? '',
        ends: format.list(items.map(({ name, data }) => `${name}: ${format.value(data.forecast?.y_hat.at(-1))}`)),
      })}
      table={() => [
        ['run', 'ds', 'y_hat'],
        ...items.flatMap(
          ({ name, data }) => data.forecast?.ds.map((ds, step) => [name, ds, data.forecast?.y_hat[step] ?? null]) ?? [],
        ),
      ]}
      points={items[0]?.data.history.ds.length ?? 0}
      caption={
        <>
          <Key color="var(--ink)">{t('chart.actual')}</Key>
          {items.map(({ name }, index) => (
            <Key key={name} color={`var(--series-${(index % 6) + 1})`} dashed={index > 0}>
              {name}
            </Key>
          ))}
        </>
      }
    />
  );
}
