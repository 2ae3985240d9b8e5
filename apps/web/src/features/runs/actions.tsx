import type { Run, RunAction } from '@minori/contract';
import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { useProblemText } from '../../i18n/wording.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { toast } from '../../ui/toast.tsx';

export function useRunAction() {
  const client = useQueryClient();
  const text = useProblemText();
  return useMutation({
    mutationFn: ({ id, action }: { id: number; action: RunAction }) => post(`/api/v1/runs/${id}/actions`, { action }),
    onError: (error) => toast('error', text(error)),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['runs'] });
      void client.invalidateQueries({ queryKey: ['run'] });
    },
  });
}

/** What may be asked of a run in its state; the server decides in the end. */
export function allowedActions(run: Pick<Run, 'status' | 'kind'>): RunAction[] {
  switch (run.status) {
    case 'queued':
    case 'preparing':
    case 'running':
      return run.kind === 'search' ? ['pause', 'stop', 'cancel'] : ['cancel'];
    case 'paused':
      return run.kind === 'search' ? ['resume', 'stop', 'cancel'] : ['resume', 'cancel'];
    case 'finishing':
    case 'pausing':
      return ['cancel'];
    default:
      return [];
  }
}

const ICONS: Record<RunAction, IconName> = { pause: 'pause', resume: 'play', stop: 'stop', cancel: 'close' };

/** Pause and resume act at once; stop and cancel first say what is kept. */
export function RunActions({ run }: { run: Run }) {
  const { t } = useTranslation();
  const action = useRunAction();
  const [asked, setAsked] = useState<'stop' | 'cancel' | null>(null);
  const allowed = allowedActions(run);
  return (
    <>
      {allowed.map((name) => (
        <Button
          key={name}
          variant={name === 'resume' ? 'filled' : 'default'}
          leftSection={<Icon name={ICONS[name]} size={14} />}
          loading={action.isPending && action.variables.action === name}
          onClick={() =>
            name === 'stop' || name === 'cancel' ? setAsked(name) : action.mutate({ id: run.id, action: name })
          }
        >
          {t(`run.actions.${name}`)}
        </Button>
      ))}
      <Modal
        // The run may end while the question is open.
        opened={asked !== null && allowed.includes(asked)}
        onClose={() => setAsked(null)}
        title={t(`run.confirm.${asked ?? 'stop'}.title`)}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <p style={{ fontSize: 'var(--text-sm)' }}>{t(`run.confirm.${asked ?? 'stop'}.text`)}</p>
        <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end', marginTop: 24 }}>
          <Button variant="default" onClick={() => setAsked(null)}>
            {t('run.confirm.back')}
          </Button>
          <Button
            color={asked === 'cancel' ? 'red' : 'ripe'}
            onClick={() => {
              if (asked !== null) action.mutate({ id: run.id, action: asked });
              setAsked(null);
            }}
          >
            {t(`run.actions.${asked ?? 'stop'}`)}
          </Button>
        </div>
      </Modal>
    </>
  );
}
