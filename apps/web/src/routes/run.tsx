import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/client.ts';
import { runQuery } from '../api/queries.ts';
import { Dock } from '../features/run/dock.tsx';
import { ForecastRun } from '../features/run/forecast-run.tsx';
import { PlainRun } from '../features/run/plain-run.tsx';
import { RunActions } from '../features/runs/actions.tsx';
import { runTitle, StatusMark } from '../features/runs/status.tsx';
import { useWording } from '../i18n/wording.ts';
import { useLiveRun } from '../live/hooks.ts';
import { isMoving } from '../live/merge.ts';
import { useFormat } from '../ui/format.ts';
import { Note, ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

interface Choice {
  id: number;
  name: string;
  created_at: string;
}
/** A run_id may name several runs: the person chooses. */
function choicesOf(error: unknown): Choice[] {
  if (!(error instanceof ApiProblem) || error.code !== 'run_ambiguous' || !Array.isArray(error.params['choices']))
    return [];
  return error.params['choices'].flatMap((choice: unknown) => {
    if (typeof choice === 'number') return [{ id: choice, name: `#${choice}`, created_at: '' }];
    if (typeof choice !== 'object' || choice === null || !('id' in choice)) return [];
    const { id, name, created_at } = choice as Partial<Choice>;
    return typeof id === 'number' ? [{ id, name: name ?? `#${id}`, created_at: created_at ?? '' }] : [];
  });
}

export function RunPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const { runId } = useParams({ from: '/shell/runs/$runId' });
  const { data, error, dataUpdatedAt } = useQuery(runQuery(runId));
  useLiveRun(runId, data);
  const names = useMemo(
    () => new Map(data?.children.map((child) => [child.id, runTitle(child, wording)]) ?? []),
    [data?.children, wording],
  );
  const crumbs = [
    { label: t('nav.home'), to: '/' },
    { label: t('nav.history'), to: '/history/' },
  ];
  const choices = choicesOf(error);
  if (choices.length > 0)
    return (
      <Page title={t('run.choose')} crumbs={crumbs} width="narrow">
        <Note tone="info" title={t('run.choose_text', { run_id: runId })}>
          <ul>
            {choices.map((choice) => (
              <li key={choice.id}>
                <Link to="/runs/$runId/" params={{ runId: String(choice.id) }}>
                  {choice.name}
                </Link>{' '}
                {choice.created_at !== '' && format.dateTime(choice.created_at)}
              </li>
            ))}
          </ul>
        </Note>
      </Page>
    );
  if (error !== null && data === undefined)
    return (
      <Page title={t('run.title')} crumbs={crumbs}>
        <ProblemNote error={error} />
      </Page>
    );
  if (data === undefined)
    return (
      <Page title={t('run.title')} crumbs={crumbs} width="wide">
        <Skeleton h={72} mb={16} />
        <Skeleton h={420} />
      </Page>
    );
  const { run } = data;
  const name = runTitle(run, wording);
  const forecast = run.track === 'forecast' && run.kind === 'search';
  return (
    <Page
      title={name}
      width="wide"
      crumbs={[...crumbs, { label: name }]}
      lead={
        <span style={{ display: 'inline-flex', flexWrap: 'wrap', gap: '2px 16px', alignItems: 'center' }}>
          <StatusMark status={run.status} outcome={run.outcome} />
          <span>{format.ago(run.created_at)}</span>
          {run.dataset_name !== null && run.dataset_id !== null && (
            <span>
              {t('result.data')}:{' '}
              <Link to="/datasets/$datasetId/" params={{ datasetId: String(run.dataset_id) }}>
                {run.dataset_name}
              </Link>
            </span>
          )}
          {run.tags.map((tag) => (
            <span key={tag} className="mono">
              {tag}
            </span>
          ))}
        </span>
      }
      actions={<RunActions run={run} />}
    >
      {forecast ? <ForecastRun detail={data} fetchedAt={dataUpdatedAt} /> : <PlainRun detail={data} />}
      <Dock run={run} live={isMoving(run.status)} names={names} />
    </Page>
  );
}
