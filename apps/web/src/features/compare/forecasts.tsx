import { Select, Skeleton } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { runSeriesQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { Scroll, Sheet } from '../../ui/page.tsx';
import { runTitle } from '../runs/status.tsx';
import type { Pair } from './compare-table.tsx';
import css from './compare.module.css';
import { comparable, leastOf, modelRows } from './differences.ts';

const CompareChart = lazy(async () => ({ default: (await import('../../charts/compare-chart.tsx')).CompareChart }));

/** The forecasts of one series that all runs know, on one chart. */
export function ForecastsTogether({ pairs }: { pairs: readonly Pair[] }) {
  const { t } = useTranslation();
  const wording = useWording();
  const results = pairs.flatMap(({ result }) => (result === undefined ? [] : [result]));
  const [first, ...others] = results.map(({ series }) => series.map(({ unique_id: id }) => id));
  const rest = others.map((ids) => new Set(ids));
  const common = first?.filter((id) => rest.every((ids) => ids.has(id))) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = chosen !== null && common.includes(chosen) ? chosen : (common[0] ?? null);
  const answers = useQueries({
    queries: pairs.map(({ detail }) => ({
      ...runSeriesQuery(detail.run.id, shown ?? '', null),
      enabled: shown !== null,
    })),
  });
  if (shown === null || results.length < 2)
    return results.length < 2 ? null : (
      <Sheet title={t('result.forecast')}>
        <p style={{ fontSize: 'var(--text-sm)', color: 'var(--ink-2)' }}>{t('compare.no_common_series')}</p>
      </Sheet>
    );
  const items = pairs.flatMap(({ detail }, index) => {
    const data = answers[index]?.data;
    return data === undefined ? [] : [{ name: `#${detail.run.id} ${runTitle(detail.run, wording)}`, data }];
  });
  return (
    <Sheet
      title={t('result.forecast')}
      note={shown}
      flush
      actions={
        common.length > 1 && (
          <Select
            size="xs"
            w={220}
            mr={28}
            searchable
            allowDeselect={false}
            aria-label={t('result.series')}
            limit={200}
            value={shown}
            data={common}
            onChange={setChosen}
          />
        )
      }
    >
      <div style={{ paddingBottom: 12 }}>
        {items.length === pairs.length ? (
          <Suspense fallback={<Skeleton h={320} />}>
            <CompareChart items={items} freq={results[0]?.freq ?? 'int'} />
          </Suspense>
        ) : (
          <Skeleton h={320} />
        )}
      </div>
    </Sheet>
  );
}

/** Each method's error in each run. */
export function MethodsTogether({ pairs }: { pairs: readonly Pair[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const results = pairs.map(({ result }) => result);
  const rows = modelRows(results);
  const alike = comparable(
    pairs.map(({ detail }) => detail.run),
    results,
  );
  if (rows.length === 0) return null;
  return (
    <Sheet title={t('result.errors')} note="MASE" flush>
      <Scroll label={t('result.errors')}>
        <table className={css['table']}>
          <caption className="visually-hidden">{t('result.errors')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('board.model')}</th>
              {pairs.map(({ detail: { run } }) => (
                <th key={run.id} scope="col">
                  #{run.id} {runTitle(run, wording)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ model, label, values }) => {
              const least = alike ? leastOf(values) : null;
              return (
                <tr key={model}>
                  <th scope="row">{label ?? wording.model(model)}</th>
                  {values.map((value, index) => (
                    <td
                      key={String(pairs[index]?.detail.run.id)}
                      className={`${css['number']} ${index === least ? css['least'] : ''}`}
                    >
                      {format.fixed(value)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </Sheet>
  );
}
