import type { Run } from '@minori/contract';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { toast } from '../../ui/toast.tsx';
import { CompareDrawer } from '../compare/compare-drawer.tsx';
import { MOST_COMPARED } from '../compare/use-compared.ts';
import { allowedActions } from '../runs/actions.tsx';
import { saveRuns } from './export.ts';
import css from './history.module.css';

/** What can be done with all selected runs at once. */
export function BulkBar({ selected, onClear }: { selected: readonly Run[]; onClear: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [comparing, setComparing] = useState(false);
  const cancellable = selected.filter((run) => allowedActions(run).includes('cancel'));
  const cancel = useMutation({
    mutationFn: async (wanted: Run[]) => {
      const answers = await Promise.allSettled(
        wanted.map((run) => post(`/api/v1/runs/${run.id}/actions`, { action: 'cancel' })),
      );
      return answers.filter((answer) => answer.status === 'fulfilled').length;
    },
    onSuccess: (done, wanted) => {
      toast(done === wanted.length ? 'good' : 'warning', t('history.cancelled', { done, total: wanted.length }));
      onClear();
      void client.invalidateQueries({ queryKey: ['runs'] });
    },
  });
  return (
    <div className={css['bulk']} role="region" aria-label={t('history.bulk')}>
      <span>{t('history.selected', { count: selected.length })}</span>
      <Button
        size="compact-sm"
        disabled={selected.length < 2}
        title={selected.length < 2 ? t('history.compare_few') : undefined}
        onClick={() => setComparing(true)}
      >
        {t('history.compare')}
      </Button>
      <Button
        size="compact-sm"
        color="red"
        disabled={cancellable.length === 0}
        loading={cancel.isPending}
        onClick={() => cancel.mutate(cancellable)}
      >
        {t('history.cancel', { count: cancellable.length })}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => saveRuns(selected)}>
        {t('history.export')}
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        {t('history.unselect')}
      </Button>
      <CompareDrawer
        ids={selected.slice(0, MOST_COMPARED).map((run) => run.id)}
        opened={comparing}
        onClose={() => setComparing(false)}
      />
    </div>
  );
}
