import type { DatasetDetail, Run } from '@minori/contract';
import { Button, SegmentedControl } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { useWording } from '../../i18n/wording.ts';
import { grainOf, useFormat } from '../../ui/format.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import { Findings } from '../datasets/findings.tsx';
import { SeriesGrid } from '../datasets/series-grid.tsx';
import { DEFAULT_BUDGET, defaultHorizon } from './defaults.ts';
import { Fold, Refusal, StartBar } from './fold.tsx';
import { PlanSkeleton, PlanView } from './plan-view.tsx';
import { Question } from './question.tsx';
import { isComplete, rulesFit, StandardFields } from './standard-fields.tsx';
import { isDeep, NO_RULES, QUICK, usePlan, type Wishes } from './use-plan.ts';

interface PlannedProps {
  dataset: DatasetDetail;
  version: number;
  preset: Partial<Wishes>;
  onOther: () => void;
}
/** The form once the data are chosen. */
export function Planned({ dataset, version, preset, onOther }: PlannedProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { profile } = dataset;
  const grain = grainOf(profile.freq);
  const [wishes, setWishes] = useState<Wishes>(() => ({
    horizon: defaultHorizon(profile),
    budget: DEFAULT_BUDGET,
    levels: [80, 90],
    name: '',
    mode: 'quick',
    ...QUICK,
    off: new Set(),
    kept: {},
    ...preset,
  }));
  const wish = (part: Partial<Wishes>) => setWishes((held) => ({ ...held, ...part }));
  const { plan, request, error } = usePlan(dataset, version, wishes);

  const start = useMutation({
    mutationFn: () => post<Run>('/api/v1/forecasts', request),
    onSuccess: async (run) => {
      void client.invalidateQueries({ queryKey: ['runs'] });
      await navigate({ to: '/runs/$runId/', params: { runId: String(run.id) } });
    },
  });
  const errors = plan?.problems.filter((problem) => problem.severity === 'error') ?? [];
  const why = (): string | null => {
    if (!Number.isInteger(wishes.horizon) || wishes.horizon < 1) return t('forecast.missing_horizon');
    if (wishes.levels.length === 0) return t('forecast.missing_levels');
    if (wishes.output !== null && !rulesFit(wishes.output)) return t('forecast.missing_rules');
    if (wishes.baseline !== null && !isComplete(wishes.baseline)) return t('forecast.missing_baseline');
    if (errors[0] !== undefined) return wording.planProblem(errors[0].code, errors[0].params);
    if (error !== null) return t('forecast.missing_plan');
    return plan === undefined ? t('forecast.planning') : null;
  };
  const missing = why();

  return (
    <>
      <Fold
        number={1}
        state="done"
        title={t('forecast.fold_data')}
        lead={
          <>
            <b>{dataset.name}</b> · {t('datasets.version', { version })} ·{' '}
            {t('upload.result', {
              series: format.number(profile.series_count),
              rows: format.number(profile.rows),
              freq: wording.freq(profile.freq),
              from: format.ds(profile.start, grain),
              to: format.ds(profile.end, grain),
            })}
          </>
        }
        actions={
          <Button variant="default" size="compact-sm" onClick={onOther}>
            {t('forecast.other_data')}
          </Button>
        }
      >
        <SeriesGrid
          datasetId={dataset.id}
          version={version}
          freq={profile.freq}
          total={profile.series_count}
          count={4}
        />
        {dataset.findings.some((finding) => finding.severity !== 'info') && (
          <details>
            <summary style={{ cursor: 'pointer', fontSize: 'var(--text-sm)', color: 'var(--ink-2)' }}>
              {t('forecast.findings', { count: dataset.findings.length })}
            </summary>
            <Findings findings={dataset.findings} />
          </details>
        )}
      </Fold>
      <Fold
        number={2}
        state="done"
        title={t('forecast.fold_question')}
        lead={t(wishes.mode === 'quick' ? 'forecast.quick_lead' : 'forecast.standard_lead')}
        actions={
          <SegmentedControl
            size="xs"
            aria-label={t('forecast.mode')}
            value={wishes.mode}
            data={[
              { value: 'quick', label: t('forecast.quick') },
              { value: 'standard', label: t('forecast.standard') },
            ]}
            onChange={(mode) => wish(mode === 'standard' ? { mode } : { mode: 'quick', ...QUICK })}
          />
        }
      >
        <Question
          dataset={dataset}
          version={version}
          wishes={wishes}
          onWish={wish}
          plan={plan === undefined || errors.length > 0 ? null : plan}
        />
        {isDeep(wishes) && (
          <StandardFields
            dataset={dataset}
            wishes={wishes}
            output={wishes.output ?? plan?.output ?? NO_RULES}
            onWish={wish}
          />
        )}
      </Fold>
      <Fold
        number={3}
        state={missing === null ? 'done' : 'open'}
        title={t('forecast.fold_plan')}
        lead={t('forecast.fold_plan_lead')}
      >
        {error !== null && <ProblemNote error={error} />}
        {plan === undefined && error === null && <PlanSkeleton />}
        {plan !== undefined && (
          <PlanView
            plan={plan}
            length={profile.lengths.median}
            off={wishes.off}
            onToggle={(family, on) => {
              const off = new Set(wishes.off);
              if (on) off.delete(family);
              else off.add(family);
              wish({ off });
            }}
          />
        )}
      </Fold>
      {start.isError && <Refusal error={start.error} />}
      <StartBar missing={missing} pending={start.isPending} onStart={() => start.mutate()} />
    </>
  );
}
