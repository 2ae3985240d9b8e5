import type { ForecastResult, Run } from '@minori/contract';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { datasetQuery } from '../../api/queries.ts';
import { useProblemText } from '../../i18n/wording.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { Sheet } from '../../ui/page.tsx';
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

function Step({ icon, action, children }: { icon: IconName; action: ReactNode; children: ReactNode }) {
  return (
    <li>
      <Icon name={icon} size={16} />
      <p>{children}</p>
      {action}
    </li>
  );
}

/** What can be done from here: newer data without a search, the same again, with changes, or proof of it. */
export function NextSteps({ run, result }: { run: Run; result: ForecastResult | undefined }) {
  const { t } = useTranslation();
  const rerun = useFollowUp(`/api/v1/runs/${run.id}/clone`, (answer) => (answer as { run: Run }).run.id);
  const replay = useFollowUp(`/api/v1/runs/${run.id}/reproduce`, (answer) => (answer as Run).id);
  const refresh = useFollowUp(`/api/v1/runs/${run.id}/refresh`, (answer) => (answer as Run).id);
  const delivered = Boolean(result?.best) && run.status === 'succeeded';
  const { data } = useQuery({ ...datasetQuery(run.dataset_id ?? 0), enabled: delivered && run.dataset_id !== null });
  const newer = data !== undefined && data.latest.version > (run.dataset_version ?? 0);
  return (
    <Sheet title={t('next.title')}>
      <ul className={css['next']}>
        {delivered && data !== undefined && (
          <Step
            icon="forecast"
            action={
              newer ? (
                <Button size="compact-sm" loading={refresh.isPending} onClick={() => refresh.mutate()}>
                  {t('refresh.start')}
                </Button>
              ) : (
                <LinkButton
                  to="/datasets/$datasetId/"
                  params={{ datasetId: String(data.id) }}
                  size="compact-sm"
                  variant="default"
                >
                  {t('refresh.append')}
                </LinkButton>
              )
            }
          >
            {newer ? t('refresh.newer', { version: data.latest.version }) : t('refresh.none')}
          </Step>
        )}
        <Step
          icon="copy"
          action={
            <LinkButton to="/forecast/new/" search={{ from: run.id }} size="compact-sm" variant="default">
              {t('result.clone')}
            </LinkButton>
          }
        >
          {t('next.clone')}
        </Step>
        <Step
          icon="refresh"
          action={
            <Button size="compact-sm" variant="default" loading={rerun.isPending} onClick={() => rerun.mutate()}>
              {t('result.rerun')}
            </Button>
          }
        >
          {t('next.rerun')}
        </Step>
        {delivered && (
          <Step
            icon="shield"
            action={
              <Button size="compact-sm" variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
                {t('reproduce.start')}
              </Button>
            }
          >
            {t('reproduce.start_text')}
          </Step>
        )}
      </ul>
    </Sheet>
  );
}
