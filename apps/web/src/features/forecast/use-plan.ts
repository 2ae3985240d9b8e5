import type { DatasetDetail, ForecastRequestInput, OutputRules, OwnBaseline, Plan } from '@minori/contract';
import { outputRules } from '@minori/contract';
import { planForecast } from '@minori/planner';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { post } from '../../api/client.ts';
import { systemQuery } from '../../api/queries.ts';

/** What the person asks for. */
export interface Wishes {
  horizon: number;
  budget: number;
  levels: number[];
  name: string;
  mode: 'quick' | 'standard';
  /** Configurations to try in place of a time; null = until the time is over. */
  trials: number | null;
  seed: number;
  /** What the delivered forecast keeps to; null = as the plan has it. */
  output: OutputRules | null;
  /** The forecast that is used today. */
  baseline: OwnBaseline | null;
  /** Country whose holidays methods may know. */
  holidays: 'jp' | null;
  /** Families switched off by hand. */
  off: ReadonlySet<string>;
  /** What a clone brings along that the form has no field for. */
  kept: Pick<ForecastRequestInput, 'models' | 'tags' | 'freq'>;
}

export const NO_RULES: OutputRules = { lower: null, upper: null, integer: false, total: null };

/** What Quick does not ask. */
export const QUICK = {
  trials: null,
  seed: 1,
  output: null,
  baseline: null,
  holidays: null,
} satisfies Partial<Wishes>;
/** Whether the fields of Standard have to be seen: also where a clone of a quick search brings them along. */
export const isDeep = ({ mode, trials, output, baseline, holidays }: Wishes): boolean =>
  mode === 'standard' || trials !== null || output !== null || baseline !== null || holidays !== null;

/** The wishes in the request of an earlier run; the person may still change them. */
export function wishesOf(request: Partial<ForecastRequestInput>): Partial<Wishes> {
  const { models, seed, mode, tags, freq, output, baseline, holidays } = request;
  return {
    ...(typeof request.horizon === 'number' ? { horizon: request.horizon } : {}),
    ...(typeof request.budget_seconds === 'number' ? { budget: request.budget_seconds } : {}),
    ...(Array.isArray(request.levels) ? { levels: request.levels } : {}),
    ...(typeof request.name === 'string' ? { name: request.name } : {}),
    ...(typeof request.trials === 'number' ? { trials: request.trials } : {}),
    ...(seed === undefined ? {} : { seed }),
    ...(mode === undefined ? {} : { mode: mode === 'quick' ? ('quick' as const) : ('standard' as const) }),
    ...(output ? { output: { ...NO_RULES, ...outputRules.parse(output) } } : {}),
    ...(baseline ? { baseline } : {}),
    ...(holidays === undefined ? {} : { holidays }),
    kept: {
      ...(models ? { models } : {}),
      ...(tags === undefined ? {} : { tags }),
      ...(freq ? { freq } : {}),
    },
  };
}

/**
 * The plan for these wishes. The planner answers in the page at once, by the server's own rules; the
 * server's answer, which knows the machine's free memory, takes its place as soon as it is there.
 */
export function usePlan(dataset: DatasetDetail, version: number, wishes: Wishes) {
  const { profile } = dataset;
  /** All that were offered at first; switching one off sends the rest by name. */
  const [offered, setOffered] = useState<string[] | null>(null);
  const models = useMemo(
    () =>
      offered === null || wishes.off.size === 0
        ? wishes.kept.models
        : offered.filter((family) => !wishes.off.has(family)),
    [offered, wishes.kept.models, wishes.off],
  );
  // One without a name is not asked about yet.
  const baseline = wishes.baseline?.name.trim() === '' ? null : wishes.baseline;
  const asked = useMemo(
    (): ForecastRequestInput => ({
      ...wishes.kept,
      dataset_id: dataset.id,
      dataset_version: version,
      horizon: wishes.horizon,
      mode: wishes.mode,
      seed: wishes.seed,
      ...(wishes.trials === null ? { budget_seconds: wishes.budget } : { trials: wishes.trials }),
      levels: wishes.levels,
      ...(wishes.holidays === null ? {} : { holidays: wishes.holidays }),
      ...(wishes.output === null ? {} : { output: wishes.output }),
      ...(baseline === null ? {} : { baseline }),
      ...(models === undefined ? {} : { models }),
    }),
    [
      baseline,
      dataset.id,
      models,
      version,
      wishes.budget,
      wishes.holidays,
      wishes.horizon,
      wishes.kept,
      wishes.levels,
      wishes.mode,
      wishes.output,
      wishes.seed,
      wishes.trials,
    ],
  );
  const [settled] = useDebouncedValue(asked, 200);
  const planning = useQuery({
    queryKey: ['plan', settled],
    queryFn: () => post<Plan>('/api/v1/forecasts/plan', settled),
    placeholderData: keepPreviousData,
    enabled: settled.levels !== undefined && settled.levels.length > 0 && settled.horizon >= 1,
    staleTime: 60_000,
  });
  const { data: system } = useQuery(systemQuery);
  const slots = system?.queue.slots;
  const freeMemory = system === undefined ? 0 : system.memory.total_bytes - system.memory.used_bytes;
  // Free memory changes with every look; the plan only cares for its order of magnitude.
  const memoryBytes = Math.floor(freeMemory / 1e9) * 1e9;
  const local = useMemo(() => {
    if (slots === undefined || asked.levels === undefined || asked.levels.length === 0) return undefined;
    const { dataset_id: _id, dataset_version: _version, output: _output, ...question } = asked;
    const { seed = 1, mode = 'quick', tags = [], levels } = asked;
    const output = wishes.output === null ? {} : { output: wishes.output };
    return planForecast(profile, { ...question, ...output, seed, mode, tags, levels }, { slots, memoryBytes });
  }, [asked, memoryBytes, profile, slots, wishes.output]);
  const answered = planning.data !== undefined && !planning.isPlaceholderData && asked === settled;
  const plan = answered ? planning.data : (local ?? planning.data);
  useEffect(() => {
    if (plan !== undefined && offered === null) setOffered(plan.candidates.map((candidate) => candidate.family));
  }, [plan, offered]);
  const request: ForecastRequestInput = {
    ...asked,
    ...(wishes.baseline === null ? {} : { baseline: wishes.baseline }),
    ...(wishes.name.trim() === '' ? {} : { name: wishes.name.trim() }),
  };
  return { plan, request, error: planning.error };
}
