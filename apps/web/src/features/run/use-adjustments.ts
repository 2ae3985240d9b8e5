import type { Adjustment } from '@minori/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { adjustmentsQuery } from '../../api/queries.ts';
import { useProblemText } from '../../i18n/wording.ts';
import { toast } from '../../ui/toast.tsx';

export interface Adjusting {
  unique_id: string;
  ds: string;
  value: number | null;
  note: string;
}

/** People's own numbers of one run: those in force, and how to change them. */
export function useAdjustments(runId: number, enabled: boolean) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problem = useProblemText();
  const { data } = useQuery({ ...adjustmentsQuery(runId), enabled });
  const change = useMutation({
    mutationFn: (items: readonly Adjusting[]) =>
      post<{ items: Adjustment[] }>(`/api/v1/runs/${runId}/adjustments`, { items }),
    onError: (error) => toast('error', problem(error)),
    async onSuccess(answer, items) {
      client.setQueryData(adjustmentsQuery(runId).queryKey, answer);
      toast('good', t(items.every(({ value }) => value === null) ? 'adjust.undone' : 'adjust.saved'));
      await Promise.all(
        ['forecast', 'result'].map((part) => client.invalidateQueries({ queryKey: ['run', runId, part] })),
      );
    },
  });
  return { items: data?.items ?? [], change };
}
