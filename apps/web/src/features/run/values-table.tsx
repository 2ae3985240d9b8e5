import type { ForecastSeries } from '@minori/contract';
import { Button, NumberInput, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { levelsOf } from '../../charts/forecast-option.ts';
import { grainOf, useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Sheet } from '../../ui/page.tsx';
import { AdjustBar } from './adjust-bar.tsx';
import adjust from './adjust.module.css';
import { AdjustedList } from './adjusted-list.tsx';
import { changesOf, type Draft, typed } from './adjusting.ts';
import css from './run.module.css';
import { useAdjustments } from './use-adjustments.ts';

interface Props {
  runId: number;
  data: ForecastSeries;
  freq: string;
  /** The forecast shown is the delivered one, and may get numbers of people's own. */
  adjustable: boolean;
}
/** The numbers under the chart: the forecast, or one stretch of the past beside what happened. */
export function ValuesTable({ runId, data, freq, adjustable }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const grain = grainOf(freq);
  const [choice, setChoice] = useState('forecast');
  const [draft, setDraft] = useState<Draft | null>(null);
  const { items, change } = useAdjustments(runId, adjustable);
  const window = choice === 'forecast' ? null : (data.backtest[Number(choice)] ?? null);
  const source = window ?? data.forecast;
  if (source === null) return null;
  const levels = levelsOf(source.intervals).toReversed();
  const adjusted = window === null && adjustable ? (data.forecast?.adjusted ?? []) : [];
  const editing = window === null && adjustable ? draft : null;
  const own = items.filter(({ unique_id: id }) => id === data.unique_id);
  const withOwn = editing !== null || adjusted.some((value) => value !== null);
  const shown = format.alike([...source.y_hat, ...(window?.y ?? []), ...adjusted]);
  const times = source.ds.map((ds) => format.ds(ds, grain));
  const save = (note: string) => {
    const changes = changesOf(editing ?? new Map<number, null>(), adjusted);
    change.mutate(
      changes.map(({ step, value }) => ({ unique_id: data.unique_id, ds: source.ds[step] ?? '', value, note })),
      { onSuccess: () => setDraft(null) },
    );
  };
  return (
    <Sheet
      title={t('result.values')}
      flush
      actions={
        <div className={css['chartTools']}>
          {adjustable && window === null && editing === null && (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Icon name="edit" size={14} />}
              title={t('adjust.start_text')}
              onClick={() => setDraft(new Map())}
            >
              {t('adjust.start')}
            </Button>
          )}
          <Select
            size="xs"
            w={230}
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
        </div>
      }
    >
      {editing !== null && (
        <AdjustBar
          values={source.y_hat}
          times={times}
          adjusted={adjusted}
          draft={editing}
          saving={change.isPending}
          onDraft={setDraft}
          onSave={save}
          onClose={() => setDraft(null)}
        />
      )}
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
              {withOwn && (
                <th scope="col" className={css['num']}>
                  {t('chart.adjusted')}
                </th>
              )}
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
              const mine = adjusted[index] ?? null;
              return (
                <tr key={ds}>
                  <td style={{ whiteSpace: 'nowrap' }}>{times[index]}</td>
                  {window !== null && <td className={css['num']}>{shown(actual)}</td>}
                  <td className={css['num']}>{mine === null ? <b>{shown(hat)}</b> : shown(hat)}</td>
                  {editing !== null ? (
                    <td className={css['num']}>
                      <NumberInput
                        size="xs"
                        w={112}
                        ml="auto"
                        hideControls
                        aria-label={t('adjust.cell', { time: times[index] })}
                        placeholder={shown(hat)}
                        value={(editing.has(index) ? editing.get(index) : mine) ?? ''}
                        styles={{ input: { textAlign: 'right' } }}
                        onChange={(value) => setDraft(typed(editing, index, typeof value === 'number' ? value : null))}
                      />
                    </td>
                  ) : (
                    withOwn && <td className={`${css['num']} ${adjust['own']}`}>{mine === null ? '' : shown(mine)}</td>
                  )}
                  {window !== null && (
                    <td className={css['num']}>
                      {actual === null || hat === undefined ? '–' : `${hat > actual ? '+' : ''}${shown(hat - actual)}`}
                    </td>
                  )}
                  {levels.map((level) => {
                    const low = source.intervals[`lo-${level}`]?.[index];
                    const high = source.intervals[`hi-${level}`]?.[index];
                    const missed =
                      actual !== null && low !== undefined && high !== undefined && (actual < low || actual > high);
                    return (
                      <td key={level} className={css['num']}>
                        {shown(low)} – {shown(high)}
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
      {window === null && adjustable && own.length > 0 && (
        <AdjustedList
          items={own}
          grain={grain}
          busy={change.isPending}
          onUndo={(undone) =>
            change.mutate(undone.map(({ unique_id: id, ds }) => ({ unique_id: id, ds, value: null, note: '' })))
          }
        />
      )}
    </Sheet>
  );
}
