import type { Dataset, ForecastRequestInput, Sample } from '@minori/contract';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client.ts';
import { datasetQuery } from '../api/queries.ts';
import { DataFold } from '../features/forecast/data-fold.tsx';
import { Fold, StartBar } from '../features/forecast/fold.tsx';
import { PlanSkeleton } from '../features/forecast/plan-view.tsx';
import { Planned } from '../features/forecast/planned.tsx';
import { wishesOf } from '../features/forecast/use-plan.ts';
import { useProject } from '../features/shell/project.tsx';
import { ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

export function ForecastNewPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/shell/forecast/new' });
  const navigate = useNavigate();
  const projectId = useProject();
  const [sampleHorizon, setSampleHorizon] = useState<number | null>(null);
  const [review, setReview] = useState<string | null>(null);
  const cloned = useQuery({
    queryKey: ['clone', search.from],
    queryFn: () =>
      post<{ request: Partial<ForecastRequestInput> }>(`/api/v1/runs/${search.from ?? 0}/clone`, { dry_run: true }),
    enabled: search.from !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const datasetId = search.dataset ?? cloned.data?.request.dataset_id ?? null;
  const version =
    search.version ?? (search.dataset === undefined ? cloned.data?.request.dataset_version : undefined) ?? null;
  const detail = useQuery({ ...datasetQuery(datasetId ?? 0, version), enabled: datasetId !== null });

  const choose = (dataset: Dataset | null, sample: Sample | null) => {
    setSampleHorizon(sample?.horizon ?? null);
    void navigate({ to: '/forecast/new/', search: dataset === null ? {} : { dataset: dataset.id }, replace: true });
  };
  const waiting = (search.from !== undefined && cloned.isPending) || (datasetId !== null && detail.isPending);
  return (
    <Page
      title={t('forecast.title')}
      lead={t('forecast.lead')}
      crumbs={[{ label: t('nav.home'), to: '/' }, { label: t('forecast.title') }]}
    >
      {cloned.error !== null && <ProblemNote error={cloned.error} />}
      {detail.error !== null && datasetId !== null && (
        <ProblemNote
          error={detail.error}
          actions={
            <Button variant="default" onClick={() => choose(null, null)}>
              {t('forecast.other_data')}
            </Button>
          }
        />
      )}
      {detail.data === undefined ? (
        <>
          <Fold number={1} state="open" title={t('forecast.fold_data')} lead={t('forecast.fold_data_lead')}>
            {waiting ? <PlanSkeleton /> : <DataFold projectId={projectId} onDataset={choose} onReview={setReview} />}
          </Fold>
          <Fold number={2} state="locked" title={t('forecast.fold_question')} lead={t('forecast.fold_question_lead')} />
          <Fold number={3} state="locked" title={t('forecast.fold_plan')} lead={t('forecast.fold_plan_lead')} />
          <StartBar missing={review ?? t('forecast.missing_data')} />
        </>
      ) : (
        <Planned
          key={`${detail.data.id}-${detail.data.latest.version}`}
          dataset={detail.data}
          version={version ?? detail.data.latest.version}
          preset={{
            ...(sampleHorizon === null ? {} : { horizon: sampleHorizon }),
            ...wishesOf(cloned.data?.request ?? {}),
          }}
          onOther={() => choose(null, null)}
        />
      )}
    </Page>
  );
}
