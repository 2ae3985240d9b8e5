import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { datasetSeriesQuery } from '../../api/queries.ts';
import { SmallSeries } from '../../charts/spark.tsx';
import { grainOf, useFormat } from '../../ui/format.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import css from './datasets.module.css';

/** Charts on one page; more would help nobody. */
const MOST = 200;

interface Props {
  datasetId: number;
  version: number;
  freq: string;
  /** Series of the version. */
  total: number;
  count?: number;
}
/** One small chart per series, a page at a time. */
export function SeriesGrid({ datasetId, version, freq, total, count = 12 }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [shown, setShown] = useState(count);
  const { data, error } = useQuery(datasetSeriesQuery(datasetId, version, shown));
  const grain = grainOf(freq);
  if (error !== null) return <ProblemNote error={error} />;
  return (
    <>
      <ul className={css['grid']}>
        {data === undefined
          ? Array.from({ length: Math.min(4, total) }, (_, index) => (
              <li key={String(index)}>
                <Skeleton h={92} />
              </li>
            ))
          : data.items.map((series) => {
              const range = `${format.ds(series.ds[0] ?? '', grain)} – ${format.ds(series.ds.at(-1) ?? '', grain)}`;
              return (
                <li key={series.unique_id} className={css['tile']}>
                  <div className={css['tileHead']}>
                    <b title={series.unique_id}>{series.unique_id}</b>
                    <span className="num">{format.value(series.y.at(-1))}</span>
                  </div>
                  <SmallSeries
                    ds={series.ds}
                    y={series.y}
                    label={t('datasets.series_label', {
                      name: series.unique_id,
                      range,
                      last: format.value(series.y.at(-1)),
                    })}
                  />
                </li>
              );
            })}
      </ul>
      {data !== undefined && data.total > shown && shown < MOST && (
        <Button
          variant="default"
          size="compact-sm"
          mt={12}
          style={{ justifySelf: 'start' }}
          onClick={() => setShown((n) => Math.min(n + 48, MOST))}
        >
          {t('datasets.more_series', { shown, total: format.number(data.total) })}
        </Button>
      )}
    </>
  );
}
