import type { Dataset, Sample } from '@minori/contract';
import { Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { samplesQuery } from '../../api/queries.ts';
import { currentLanguage } from '../../i18n/index.ts';
import { useWording } from '../../i18n/wording.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import css from './datasets.module.css';

/** Ready-made data: one click gives a dataset of one's own. */
export function Samples({
  projectId,
  onDataset,
}: {
  projectId: number | null;
  onDataset: (dataset: Dataset, sample: Sample) => void;
}) {
  const { t } = useTranslation();
  const wording = useWording();
  const client = useQueryClient();
  const { data, error } = useQuery(samplesQuery);
  const take = useMutation({
    mutationFn: (sample: Sample) =>
      post<Dataset>(`/api/v1/samples/${sample.id}`, projectId === null ? {} : { project_id: projectId }),
    onSuccess: async (dataset, sample) => {
      await client.invalidateQueries({ queryKey: ['datasets'] });
      onDataset(dataset, sample);
    },
  });
  const ja = currentLanguage() === 'ja';
  if (error !== null) return <ProblemNote error={error} />;
  return (
    <>
      {take.isError && <ProblemNote error={take.error} />}
      <ul className={css['samples']} aria-label={t('samples.title')}>
        {data === undefined
          ? [0, 1, 2].map((n) => (
              <li key={n}>
                <Skeleton h={88} />
              </li>
            ))
          : data.items.map((sample) => (
              <li key={sample.id}>
                <button
                  type="button"
                  className={css['sample']}
                  disabled={take.isPending}
                  onClick={() => take.mutate(sample)}
                >
                  <b>{ja ? sample.title_ja : sample.title_en}</b>
                  <span>{ja ? sample.description_ja : sample.description_en}</span>
                  <span>
                    {take.isPending && take.variables.id === sample.id
                      ? t('samples.loading')
                      : `${wording.freq(sample.freq)} · ${t('samples.horizon', { count: sample.horizon })}`}
                  </span>
                </button>
              </li>
            ))}
      </ul>
    </>
  );
}
