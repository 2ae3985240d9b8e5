import type { ForecastResult } from '@minori/contract';
import { Button, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/format.ts';
import { Sheet } from '../../ui/page.tsx';
import css from './run.module.css';

/** Any series by name, and the worst, typical and best at once. */
export function SeriesPicker({
  result,
  value,
  onChange,
}: {
  result: ForecastResult;
  value: string;
  onChange: (id: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { series } = result;
  if (series.length < 2) return null;
  const measured = series.filter((held) => held.mase !== null);
  const [worst, best] = [measured[0], measured.at(-1)];
  const typical = measured[Math.floor(measured.length / 2)];
  return (
    <>
      <Select
        size="xs"
        w={220}
        searchable
        allowDeselect={false}
        aria-label={t('result.series')}
        value={value}
        limit={200}
        nothingFoundMessage={t('palette.nothing')}
        data={series.map((held) => ({
          value: held.unique_id,
          label: held.mase === null ? held.unique_id : `${held.unique_id} · ${format.fixed(held.mase, 2)}`,
        }))}
        onChange={(id) => id !== null && onChange(id)}
      />
      {(
        [
          ['worst', worst],
          ['typical', typical],
          ['best', best],
        ] as const
      ).map(([name, held]) =>
        held === undefined ? null : (
          <Button
            key={name}
            size="compact-xs"
            variant={held.unique_id === value ? 'light' : 'default'}
            onClick={() => onChange(held.unique_id)}
          >
            {t(`result.pick.${name}`)}
          </Button>
        ),
      )}
    </>
  );
}

/** All series with their errors, worst first; a click shows one. */
export function SeriesErrors({
  result,
  shown,
  onShow,
}: {
  result: ForecastResult;
  shown: string | null;
  onShow: (id: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Sheet title={t('result.by_series')} note={t('result.by_series_note')} flush>
      <div className={`${css['scroll']} ${css['values']}`} tabIndex={0} role="group" aria-label={t('result.by_series')}>
        <table className={css['board']}>
          <caption className="visually-hidden">{t('result.by_series')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('result.series')}</th>
              <th scope="col" className={css['num']}>
                MASE
              </th>
            </tr>
          </thead>
          <tbody>
            {result.series.slice(0, 500).map((held) => (
              <tr key={held.unique_id} className={held.unique_id === shown ? (css['rowOn'] ?? '') : ''}>
                <td>
                  <button type="button" className={css['model']} onClick={() => onShow(held.unique_id)}>
                    {held.unique_id}
                  </button>
                </td>
                <td className={css['num']}>{format.fixed(held.mase)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  );
}
