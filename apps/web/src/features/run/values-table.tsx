import type { ForecastSeries } from '@minori/contract';
import { Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { levelsOf } from '../../charts/forecast-option.ts';
import { grainOf, useFormat } from '../../ui/format.ts';
import { Sheet } from '../../ui/page.tsx';
import css from './run.module.css';

/** The numbers under the chart: the forecast, or one stretch of the past beside what happened. */
export function ValuesTable({ data, freq }: { data: ForecastSeries; freq: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const grain = grainOf(freq);
  const [choice, setChoice] = useState('forecast');
  const window = choice === 'forecast' ? null : (data.backtest[Number(choice)] ?? null);
  const source = window ?? data.forecast;
  if (source === null) return null;
  const levels = levelsOf(source.intervals).toReversed();
  return (
    <Sheet
      title={t('result.values')}
      flush
      actions={
        <Select
          size="xs"
          w={260}
          aria-label={t('result.values_choose')}
          allowDeselect={false}
          value={choice}
          data={[
            { value: 'forecast', label: t('result.values_forecast') },
            ...data.backtest
              .map((held, index) => ({
                value: String(index),
                label: t('result.values_window', {
                  from: format.ds(held.ds[0] ?? '', grain),
                  to: format.ds(held.ds.at(-1) ?? '', grain),
                }),
              }))
              .toReversed(),
          ]}
          onChange={(next) => setChoice(next ?? 'forecast')}
        />
      }
    >
      <div className={`${css['scroll']} ${css['values']}`} tabIndex={0} role="group" aria-label={t('result.values')}>
        <table className={css['board']}>
          <caption className="visually-hidden">{t('result.values')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('result.time')}</th>
              {window !== null && (
                <th scope="col" className={css['num']}>
                  {t('chart.actual')}
                </th>
              )}
              <th scope="col" className={css['num']}>
                {t('chart.forecast')}
              </th>
              {window !== null && (
                <th scope="col" className={css['num']}>
                  {t('result.difference')}
                </th>
              )}
              {levels.map((level) => (
                <th key={level} scope="col" className={css['num']}>
                  {t('chart.interval', { level })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {source.ds.map((ds, index) => {
              const hat = source.y_hat[index];
              const actual = window?.y[index] ?? null;
              return (
                <tr key={ds}>
                  <td>{format.ds(ds, grain)}</td>
                  {window !== null && <td className={css['num']}>{format.value(actual)}</td>}
                  <td className={css['num']}>
                    <b>{format.value(hat)}</b>
                  </td>
                  {window !== null && (
                    <td className={css['num']}>
                      {actual === null || hat === undefined
                        ? '–'
                        : `${hat > actual ? '+' : ''}${format.value(hat - actual)}`}
                    </td>
                  )}
                  {levels.map((level) => {
                    const low = source.intervals[`lo-${level}`]?.[index];
                    const high = source.intervals[`hi-${level}`]?.[index];
                    const missed =
                      actual !== null && low !== undefined && high !== undefined && (actual < low || actual > high);
                    return (
                      <td key={level} className={css['num']}>
                        {format.value(low)} – {format.value(high)}
                        {missed && (
                          <span title={t('result.outside')}>
                            {' '}
                            ×<span className="visually-hidden">{t('result.outside')}</span>
                          </span>
                        )}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Sheet>
  );
}
