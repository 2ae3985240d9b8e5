import type { ForecastSeries } from '@minori/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { grainOf, useFormat } from '../ui/format.ts';
import { useWording } from '../i18n/wording.ts';
import { Chart } from './chart.tsx';
import { Key } from './key.tsx';
import { forecastOption, levelsOf } from './forecast-option.ts';
import { useLook } from './look.ts';

interface ForecastChartProps {
  data: ForecastSeries;
  freq: string;
  height?: number;
  /** While it still improves, the picture is redrawn without its zoom bar. */
  live?: boolean;
}
/** History, backtest and forecast of one series with its intervals. */
export function ForecastChart({ data, freq, height = 360, live = false }: ForecastChartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const look = useLook();
  const grain = grainOf(freq);

  const option = useMemo(
    () => forecastOption({ data, grain, look, format, t, live }),
    [data, format, grain, live, look, t],
  );

  const last = data.history.y.findLast((value) => value !== null);
  const levels = data.forecast === null ? [] : levelsOf(data.forecast.intervals);
  const summary =
    data.forecast === null
      ? t('chart.summary_history', { name: data.unique_id, count: data.history.ds.length })
      : t('chart.summary', {
          name: data.unique_id,
          last: format.value(last),
          model: wording.model(data.forecast.model),
          horizon: data.forecast.ds.length,
          first: format.value(data.forecast.y_hat[0]),
          end: format.value(data.forecast.y_hat.at(-1)),
          until: format.ds(data.forecast.ds.at(-1) ?? '', grain),
        });
  const table = () => {
    const keys = data.forecast === null ? [] : Object.keys(data.forecast.intervals);
    return [
      ['ds', 'y', 'y_hat', ...keys, 'y_adjusted'],
      ...data.history.ds.map((ds, i) => [ds, data.history.y[i] ?? null]),
      ...(data.forecast?.ds.map((ds, i) => [
        ds,
        null,
        data.forecast?.y_hat[i],
        ...keys.map((key) => data.forecast?.intervals[key]?.[i]),
        data.forecast?.adjusted[i] ?? null,
      ]) ?? []),
    ];
  };
  return (
    <Chart
      option={option}
      height={height}
      name={`forecast-${data.unique_id.replaceAll(/[^\p{L}\p{N}_-]+/gu, '_')}`}
      summary={summary}
      table={table}
      points={data.history.ds.length}
      caption={
        <>
          <Key color="var(--ink)">{t('chart.actual')}</Key>
          {data.backtest.length > 0 && (
            <Key color="var(--series-1)" dashed>
              {t('chart.backtest')}
            </Key>
          )}
          {data.forecast !== null && (
            <>
              <Key color="var(--accent)">{t('chart.forecast')}</Key>
              {data.forecast.adjusted.some((value) => value !== null) && (
                <Key color="var(--amber)" dashed>
                  {t('chart.adjusted')}
                </Key>
              )}
              {levels.map((level, index) => (
                <Key key={level} color={index === 0 ? 'var(--band-outer)' : 'var(--band-inner)'} band>
                  {t('chart.interval', { level })}
                </Key>
              ))}
            </>
          )}
        </>
      }
    />
  );
}
