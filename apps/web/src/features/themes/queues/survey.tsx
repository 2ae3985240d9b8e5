import { isFinal, type ThemeDetail, type ThemeQueues } from '@minori/contract';
import { Button, Progress } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../../api/client.ts';
import { runQuery } from '../../../api/queries.ts';
import { useLiveRun, useNow } from '../../../live/hooks.ts';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Note, ProblemNote } from '../../../ui/notes.tsx';
import { useRunAction } from '../../runs/actions.tsx';
import { queuesQuery } from '../queries.ts';
import css from './queues.module.css';

/** The look at all pictures that fills the queues: begin it, watch it, stop it, see how old it is. */
export function Survey({ theme, overview }: { theme: ThemeDetail; overview: ThemeQueues }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => post<ThemeQueues>(`/api/v1/themes/${theme.id}/queues`, {}),
    onSuccess: (answer) => client.setQueryData(queuesQuery(theme.id).queryKey, answer),
  });
  const { run, computed_at: at, new_images: images, new_labels: labels, encoder_changed: changed } = overview;
  const readOnly = theme.role === 'viewer';
  if (run !== null && !isFinal(run.status)) return <Running themeId={theme.id} runId={run.id} readOnly={readOnly} />;
  const stale = at !== null && (images + labels > 0 || changed);
  return (
    <div className={css['survey']}>
      {start.error !== null && <ProblemNote error={start.error} />}
      {run?.status === 'failed' && <Failed runId={run.id} />}
      <p>
        {at === null ? t('themes.queues.before') : t('themes.queues.made', { ago: format.ago(at) })}
        {stale && (
          <>
            {' '}
            {images > 0 && t('themes.queues.came_since', { count: images, shown: format.number(images) })}{' '}
            {labels > 0 && t('themes.queues.labels_since', { count: labels, shown: format.number(labels) })}{' '}
            {changed && t('themes.queues.encoder_changed')}
          </>
        )}
        {at !== null && !stale && ` ${t('themes.queues.fresh')}`}
      </p>
      {!readOnly && (
        <Button
          size="compact-sm"
          variant={at === null || stale ? 'filled' : 'default'}
          leftSection={<Icon name="search" size={14} />}
          loading={start.isPending}
          onClick={() => start.mutate()}
        >
          {t(at === null ? 'themes.queues.start' : 'themes.queues.again')}
        </Button>
      )}
    </div>
  );
}

function Running({ themeId, runId, readOnly }: { themeId: number; runId: number; readOnly: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const key = String(runId);
  const { data: detail } = useQuery(runQuery(key));
  useLiveRun(key, detail);
  const action = useRunAction();
  const run = detail?.run;
  const ended = run !== undefined && isFinal(run.status);
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: ['theme', themeId] });
  }, [client, ended, themeId]);
  const share = run?.progress ?? null;
  const now = useNow(!ended);
  const started = run?.started_at ?? null;
  const spent = started === null ? null : Math.max(0, (now - new Date(started).getTime()) / 1000);
  // Before a tenth is done a guess would jump about.
  const left = share !== null && share > 0.1 && spent !== null ? (spent / share) * (1 - share) : null;
  const waits = run !== undefined && (run.status === 'queued' || run.status === 'preparing');
  return (
    <div className={css['survey']}>
      <p role="status">
        {waits ? t('themes.queues.waits') : t('themes.queues.runs')}
        {share !== null && ` ${format.percent(share)}`}
        {left !== null && ` · ${t('run.time_left', { time: format.seconds(left) })}`}
      </p>
      <Progress value={(share ?? 0) * 100} animated size={6} aria-label={t('themes.queues.progress')} />
      {!readOnly && (
        <Button
          size="compact-sm"
          variant="default"
          loading={action.isPending || run?.status === 'cancelling'}
          leftSection={<Icon name="close" size={14} />}
          onClick={() => action.mutate({ id: runId, action: 'cancel' })}
        >
          {t('themes.queues.cancel')}
        </Button>
      )}
      <small>{t('themes.queues.cancel_note')}</small>
    </div>
  );
}

function Failed({ runId }: { runId: number }) {
  const { t } = useTranslation();
  return (
    <Note
      tone="error"
      title={t('themes.queues.failed')}
      actions={
        <Link to="/runs/$runId/" params={{ runId: String(runId) }} className={css['link']}>
          {t('themes.queues.see_run')}
        </Link>
      }
    >
      {t('themes.queues.failed_text')}
    </Note>
  );
}
