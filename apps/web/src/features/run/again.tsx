import type { Run } from '@minori/contract';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { datasetQuery } from '../../api/queries.ts';
import { useProblemText } from '../../i18n/wording.ts';
import { Icon } from '../../ui/icons.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './run.module.css';

/** Starts another run of this one and goes there. */
function useFollowUp(path: string, idOf: (answer: unknown) => number) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const problem = useProblemText();
  return useMutation({
    mutationFn: () => post(path),
    onError: (error) => toast('error', problem(error)),
    async onSuccess(answer) {
      void client.invalidateQueries({ queryKey: ['runs'] });
      await navigate({ to: '/runs/$runId/', params: { runId: String(idOf(answer)) } });
    },
  });
}

/** The ways to make a result again: searched anew as it was, with changes, or replayed from its record. */
export function Again({ run, reproducible }: { run: Run; reproducible: boolean }) {
  const { t } = useTranslation();
  const rerun = useFollowUp(`/api/v1/runs/${run.id}/clone`, (answer) => (answer as { run: Run }).run.id);
  const replay = useFollowUp(`/api/v1/runs/${run.id}/reproduce`, (answer) => (answer as Run).id);
  return (
    <div className={css['again']}>
      <LinkButton
        to="/forecast/new/"
        search={{ from: run.id }}
        size="compact-sm"
        variant="default"
        leftSection={<Icon name="copy" size={14} />}
      >
        {t('result.clone')}
      </LinkButton>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Icon name="refresh" size={14} />}
        loading={rerun.isPending}
        onClick={() => rerun.mutate()}
      >
        {t('result.rerun')}
      </Button>
      {reproducible && (
        <Button
          size="compact-sm"
          variant="default"
          title={t('reproduce.start_text')}
          leftSection={<Icon name="shield" size={14} />}
          loading={replay.isPending}
          onClick={() => replay.mutate()}
        >
          {t('reproduce.start')}
        </Button>
      )}
    </div>
  );
}

/** Newer data, the methods that won: no new search. */
export function Refresh({ run }: { run: Run }) {
  const { t } = useTranslation();
  const refresh = useFollowUp(`/api/v1/runs/${run.id}/refresh`, (answer) => (answer as Run).id);
  const { data } = useQuery({ ...datasetQuery(run.dataset_id ?? 0), enabled: run.dataset_id !== null });
  if (data === undefined || run.dataset_version === null) return null;
  const newer = data.latest.version > run.dataset_version;
  return (
    <div className={css['refresh']}>
      <p>{newer ? t('refresh.newer', { version: data.latest.version }) : t('refresh.none')}</p>
      {newer ? (
        <Button
          size="compact-sm"
          leftSection={<Icon name="forecast" size={14} />}
          loading={refresh.isPending}
          onClick={() => refresh.mutate()}
        >
          {t('refresh.start')}
        </Button>
      ) : (
        <Link to="/datasets/$datasetId/" params={{ datasetId: String(data.id) }}>
          {t('refresh.append')}
        </Link>
      )}
    </div>
  );
}
