import type { Dataset, DatasetDetail, ForecastRequestInput, Plan, PlanProblem, Run, Sample } from '@minori/contract';
import { Button, MultiSelect, NumberInput, Slider, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { planForecast } from '@minori/planner';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, post } from '../api/client.ts';
import { datasetQuery, datasetSeriesQuery, systemQuery } from '../api/queries.ts';
import { Findings } from '../features/datasets/findings.tsx';
import { SeriesGrid } from '../features/datasets/series-grid.tsx';
import { DataFold } from '../features/forecast/data-fold.tsx';
import { budgetIndex, BUDGETS, DEFAULT_BUDGET, defaultHorizon } from '../features/forecast/defaults.ts';
import css from '../features/forecast/forecast.module.css';
import { HorizonPicker } from '../features/forecast/horizon-picker.tsx';
import { PlanSkeleton, PlanView } from '../features/forecast/plan-view.tsx';
import { useProject } from '../features/shell/project.tsx';
import { useWording } from '../i18n/wording.ts';
import { grainOf, useFormat } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { HelpTip, Note, ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

type FoldState = 'locked' | 'open' | 'done';

interface FoldProps {
  number: number;
  state: FoldState;
  title: string;
  lead: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}
function Fold({ number, state, title, lead, actions, children }: FoldProps) {
  const mark = state === 'done' ? css['numberDone'] : state === 'open' ? css['numberOn'] : '';
  return (
    <section className={`${css['fold']} ${state === 'locked' ? css['locked'] : ''}`} aria-labelledby={`fold-${number}`}>
      <span className={`${css['number']} ${mark}`} aria-hidden="true">
        {state === 'done' ? <Icon name="check" size={14} strokeWidth={2.4} /> : number}
      </span>
      <div>
        <div className={css['foldHead']}>
          <div>
            <h2 id={`fold-${number}`}>{title}</h2>
            <p>{lead}</p>
          </div>
          {actions}
        </div>
        {children !== undefined && children !== null && <div className={css['foldBody']}>{children}</div>}
      </div>
    </section>
  );
}

interface Wishes {
  horizon: number;
  budget: number;
  levels: number[];
  name: string;
  off: ReadonlySet<string>;
}

/** What a clone or a link brings along; the person may still change all of it. */
function wishesOf(request: Partial<ForecastRequestInput>): Partial<Wishes> {
  return {
    ...(typeof request.horizon === 'number' ? { horizon: request.horizon } : {}),
    ...(typeof request.budget_seconds === 'number' ? { budget: request.budget_seconds } : {}),
    ...(Array.isArray(request.levels) ? { levels: request.levels } : {}),
    ...(typeof request.name === 'string' ? { name: request.name } : {}),
  };
}

export function ForecastNewPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/shell/forecast/new' });
  const navigate = useNavigate();
  const projectId = useProject();
  const [sampleHorizon, setSampleHorizon] = useState<number | null>(null);
  const [reviewing, setReviewing] = useState(false);
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
            {waiting ? <PlanSkeleton /> : <DataFold projectId={projectId} onDataset={choose} onReview={setReviewing} />}
          </Fold>
          <Fold number={2} state="locked" title={t('forecast.fold_question')} lead={t('forecast.fold_question_lead')} />
          <Fold number={3} state="locked" title={t('forecast.fold_plan')} lead={t('forecast.fold_plan_lead')} />
          <StartBar missing={reviewing ? t('forecast.missing_use') : t('forecast.missing_data')} />
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

/** Why the server would not start it: the plan's own problems, each in its words. */
function Refusal({ error }: { error: unknown }) {
  const wording = useWording();
  const problems = error instanceof ApiProblem && error.code === 'plan_refused' ? error.params['problems'] : null;
  if (!Array.isArray(problems) || problems.length === 0) return <ProblemNote error={error} />;
  return (
    <Note tone="error" live>
      {(problems as PlanProblem[]).map((problem) => (
        <p key={problem.code}>{wording.planProblem(problem.code, problem.params)}</p>
      ))}
    </Note>
  );
}

function StartBar({
  missing,
  onStart,
  pending = false,
}: {
  missing: string | null;
  onStart?: () => void;
  pending?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <div className={css['startBar']}>
      <span className={css['missing']} id="start-missing" aria-live="polite">
        {missing}
      </span>
      <Button
        size="md"
        disabled={missing !== null}
        loading={pending}
        aria-describedby="start-missing"
        leftSection={<Icon name="play" size={14} />}
        {...(onStart === undefined ? {} : { onClick: onStart })}
      >
        {t('forecast.start')}
      </Button>
    </div>
  );
}

interface PlannedProps {
  dataset: DatasetDetail;
  version: number;
  preset: Partial<Wishes>;
  onOther: () => void;
}
function Planned({ dataset, version, preset, onOther }: PlannedProps) {
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
    off: new Set(),
    ...preset,
  }));
  const wish = (part: Partial<Wishes>) => setWishes((held) => ({ ...held, ...part }));
  const [more, setMore] = useState(false);
  const first = useQuery(datasetSeriesQuery(dataset.id, version, 12, 1000));
  const longest = first.data?.items.reduce(
    (a, b) => (b.y.length > a.y.length ? b : a),
    first.data.items[0] ?? { unique_id: '', ds: [], y: [] },
  );

  /** All that were offered at first; switching one off sends the rest by name. */
  const [offered, setOffered] = useState<string[] | null>(null);
  const models =
    offered === null || wishes.off.size === 0 ? undefined : offered.filter((family) => !wishes.off.has(family));
  const request: ForecastRequestInput = {
    dataset_id: dataset.id,
    dataset_version: version,
    horizon: wishes.horizon,
    budget_seconds: wishes.budget,
    levels: wishes.levels,
    ...(wishes.name.trim() === '' ? {} : { name: wishes.name.trim() }),
    ...(models === undefined ? {} : { models }),
  };
  const { name: _name, ...asked } = request;
  const [settled] = useDebouncedValue(asked, 200);
  const planning = useQuery({
    queryKey: ['plan', settled],
    queryFn: () => post<Plan>('/api/v1/forecasts/plan', settled),
    placeholderData: keepPreviousData,
    enabled: settled.levels !== undefined && settled.levels.length > 0 && settled.horizon >= 1,
    staleTime: 60_000,
  });
  // The same rules as the server's, at once; its own answer takes their place as soon as it is there.
  const { data: system } = useQuery(systemQuery);
  const local = useMemo(
    () =>
      system === undefined || wishes.levels.length === 0
        ? undefined
        : planForecast(
            profile,
            {
              mode: 'quick',
              seed: 1,
              tags: [],
              horizon: wishes.horizon,
              levels: wishes.levels,
              budget_seconds: wishes.budget,
              ...(models === undefined ? {} : { models }),
            },
            { slots: system.queue.slots, memoryBytes: system.memory.total_bytes - system.memory.used_bytes },
          ),
    // A new list of the same models is no reason to plan again.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [
      profile,
      system?.queue.slots,
      system?.memory.total_bytes,
      wishes.horizon,
      wishes.levels,
      wishes.budget,
      wishes.off,
    ],
  );
  const current =
    planning.data !== undefined && !planning.isPlaceholderData && JSON.stringify(asked) === JSON.stringify(settled);
  const plan = current ? planning.data : (local ?? planning.data);
  useEffect(() => {
    if (plan !== undefined && offered === null) setOffered(plan.candidates.map((candidate) => candidate.family));
  }, [plan, offered]);

  const start = useMutation({
    mutationFn: () => post<Run>('/api/v1/forecasts', request),
    onSuccess: async (run) => {
      void client.invalidateQueries({ queryKey: ['runs'] });
      await navigate({ to: '/runs/$runId/', params: { runId: String(run.id) } });
    },
  });
  const errors = plan?.problems.filter((problem) => problem.severity === 'error') ?? [];
  const missing =
    !Number.isInteger(wishes.horizon) || wishes.horizon < 1
      ? t('forecast.missing_horizon')
      : wishes.levels.length === 0
        ? t('forecast.missing_levels')
        : planning.isError
          ? t('forecast.missing_plan')
          : plan === undefined
            ? t('forecast.planning')
            : errors[0] !== undefined
              ? wording.planProblem(errors[0].code, errors[0].params)
              : null;
  const count = (kind: string) =>
    plan?.candidates.filter((candidate) => (candidate.kind === 'baseline') === (kind === 'baseline')).length ?? 0;

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
        <SeriesGrid datasetId={dataset.id} version={version} freq={profile.freq} count={4} />
        {dataset.findings.some((finding) => finding.severity !== 'info') && (
          <details>
            <summary style={{ cursor: 'pointer', fontSize: 'var(--text-sm)', color: 'var(--ink-2)' }}>
              {t('forecast.findings', { count: dataset.findings.length })}
            </summary>
            <Findings findings={dataset.findings} />
          </details>
        )}
      </Fold>
      <Fold number={2} state="done" title={t('forecast.fold_question')} lead={t('forecast.fold_question_lead')}>
        <div className={css['question']}>
          <HorizonPicker
            y={longest?.y ?? []}
            length={profile.lengths.max}
            horizon={wishes.horizon}
            onChange={(horizon) => wish({ horizon })}
          />
          <div className={css['fields']}>
            <NumberInput
              label={
                <>
                  {t('forecast.horizon')} <HelpTip label={t('forecast.horizon')}>{t('forecast.help.horizon')}</HelpTip>
                </>
              }
              value={wishes.horizon}
              min={1}
              allowDecimal={false}
              clampBehavior="none"
              suffix={` ${t('forecast.step_unit', { freq: wording.freq(profile.freq) })}`}
              onChange={(horizon) => wish({ horizon: typeof horizon === 'number' ? horizon : 0 })}
            />
            <div>
              <label id="budget-label" style={{ fontSize: 'var(--text-sm)', fontWeight: 500 }}>
                {t('forecast.budget')} <HelpTip label={t('forecast.budget')}>{t('forecast.help.budget')}</HelpTip>
              </label>
              <Slider
                mt={4}
                mx={12}
                thumbSize={24}
                mb={28}
                min={0}
                max={BUDGETS.length - 1}
                value={budgetIndex(wishes.budget)}
                label={(index) => format.seconds(BUDGETS[index])}
                marks={[0, 2, 4, 6, 8].map((index) => ({ value: index, label: format.seconds(BUDGETS[index]) }))}
                styles={{ markLabel: { fontSize: 'var(--text-2xs)', whiteSpace: 'nowrap', color: 'var(--ink-2)' } }}
                thumbLabel={t('forecast.budget')}
                thumbProps={{ 'aria-valuetext': format.seconds(wishes.budget) }}
                onChange={(index) => wish({ budget: BUDGETS[index] ?? DEFAULT_BUDGET })}
              />
              <p className={css['buys']} aria-live="polite">
                {plan === undefined || errors.length > 0
                  ? t('forecast.buys_unknown', { time: format.seconds(wishes.budget) })
                  : t('forecast.buys', {
                      time: format.seconds(wishes.budget),
                      baselines: count('baseline'),
                      others: count('other'),
                      origins: plan.origins,
                    })}
              </p>
            </div>
            {more ? (
              <>
                <MultiSelect
                  label={
                    <>
                      {t('forecast.levels')} <HelpTip label={t('forecast.levels')}>{t('forecast.help.levels')}</HelpTip>
                    </>
                  }
                  data={['50', '80', '90', '95', '99']}
                  value={wishes.levels.map(String)}
                  error={wishes.levels.length === 0 ? t('forecast.missing_levels') : undefined}
                  onChange={(levels) => wish({ levels: levels.map(Number).toSorted((a, b) => a - b) })}
                />
                <TextInput
                  label={t('forecast.name')}
                  placeholder={dataset.name}
                  maxLength={200}
                  value={wishes.name}
                  onChange={(event) => wish({ name: event.currentTarget.value })}
                />
              </>
            ) : (
              <Button variant="subtle" size="compact-sm" style={{ justifySelf: 'start' }} onClick={() => setMore(true)}>
                {t('forecast.more')}
              </Button>
            )}
          </div>
        </div>
      </Fold>
      <Fold
        number={3}
        state={missing === null ? 'done' : 'open'}
        title={t('forecast.fold_plan')}
        lead={t('forecast.fold_plan_lead')}
      >
        {planning.isError && <ProblemNote error={planning.error} />}
        {plan === undefined && !planning.isError && <PlanSkeleton />}
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
