/** Which families of a finished search are blended, and what the blend is worth beside them. */
import { join } from 'node:path';
import { ENSEMBLE_MODEL, OWN_MODEL, trialResult, windowsResult } from '@minori/contract';
import type { EnsembleSummary } from '@minori/contract';
import { dieboldMariano, holm } from '@minori/judge';
import { CATALOG, familyOf } from '@minori/planner';
import type { RunRow } from '../dispatch/index.ts';
import type { ExtraEntry } from './documents.ts';
import type { Judge } from './judge-client.ts';
import type { BlendAnswer, BlendSource } from './judge-protocol.ts';
import { metricsOf } from './scores.ts';
import type { Entry } from './standing.ts';

/** With fewer models than this, the most trusted simple forecasts stand beside them in the anchor. */
const FEWEST_IN_ANCHOR = 2;

export interface Blended {
  readonly extras: readonly ExtraEntry[];
  readonly ensemble: EnsembleSummary | null;
  readonly stepErrors: BlendAnswer['stepErrors'];
}

export interface BlendInput {
  readonly entries: readonly Entry[];
  readonly windows: RunRow | undefined;
  readonly levels: readonly number[];
  /** Where the blend's files go. */
  readonly folder: string;
  /** What people call their own forecast; null when they have entered none. */
  readonly ownName: string | null;
  readonly trialOf: (id: number) => RunRow | undefined;
  readonly folderOf: (runId: number) => string | null;
  /** Families that there is time to blend. */
  readonly mostMembers: number;
}

/** Nothing is blended, only measured, where fewer than two families could be. */
export async function blendSearch(judge: Judge, input: BlendInput): Promise<Blended | null> {
  const { entries, windows, levels } = input;
  const windowsFolder = windows?.status === 'succeeded' ? input.folderOf(windows.id) : null;
  if (windows === undefined || windowsFolder === null) return null;
  const truth = windowsResult.parse(windows.result);
  const sources = entries.flatMap((entry) => sourceOf(entry, input));
  if (sources.length === 0) return null;
  const able = new Set(sources.filter(({ forecast }) => forecast !== null).map(({ family }) => family));
  const ranked = entries.map(({ row }) => row.model).filter((family) => able.has(family));
  const first = inOrderOfNeed(ranked).slice(0, input.mostMembers);
  const anchor = anchorOf(first.some((family) => !isSimple(family)) ? first : ranked);
  const members = [...new Set([...first, ...anchor])];
  const answer = await judge.blend({
    folder: input.folder,
    actualFile: join(windowsFolder, truth.actual_path),
    scaleFile: join(windowsFolder, truth.scale_path),
    series: truth.series,
    origins: truth.origins,
    horizon: truth.h,
    levels,
    name: ENSEMBLE_MODEL,
    sources,
    // Simple forecasts alone are no better for being mixed.
    members: members.some((family) => !isSimple(family)) ? members : [],
    anchor: Object.fromEntries(anchor.map((family) => [family, familyOf(family)?.share ?? 1])),
    ownFile: truth.own_path === null ? null : join(windowsFolder, truth.own_path),
  });
  const own = answer.own === null || input.ownName === null ? [] : [ownEntry(answer.own, input.ownName)];
  const made = answer.ensemble;
  if (made === null) return { extras: own, ensemble: null, stepErrors: answer.stepErrors };
  const used = made.members.filter(({ highest }) => highest > 0);
  const secondsOf = (family: string): number => entries.find(({ row }) => row.model === family)?.row.seconds ?? 0;
  const extra: ExtraEntry = {
    model: ENSEMBLE_MODEL,
    label: null,
    kind: 'ensemble',
    baseline: false,
    seconds: used.reduce((sum, { family }) => sum + secondsOf(family), made.seconds),
    judged: {
      metrics: metricsOf(made.all),
      coverage: { ...made.coverage },
      by_origin: [...made.byOrigin],
      by_step: [...made.byStep],
      missing: made.missing,
    },
  };
  return { extras: [extra, ...own], ensemble: summaryOf(made, entries, anchor), stepErrors: answer.stepErrors };
}

function ownEntry({ all, byOrigin, byStep, missing }: NonNullable<BlendAnswer['own']>, name: string): ExtraEntry {
  const judged = { metrics: metricsOf(all), coverage: {}, by_origin: [...byOrigin], by_step: [...byStep], missing };
  return { model: OWN_MODEL, label: name, kind: 'baseline', baseline: true, seconds: null, judged };
}

/** Model -> Holm-corrected p of the test of equal errors against the leader; null where too few could be compared. */
export function againstLeader(
  stepErrors: BlendAnswer['stepErrors'],
  leader: string,
  horizon: number,
): Record<string, number | null> {
  const best = stepErrors[leader];
  if (best === undefined) return {};
  const others = Object.entries(stepErrors).filter(([family]) => family !== leader);
  const tests = others.map(([, errors]) => {
    const differences = errors.map((error, at) => error - (best[at] ?? Number.NaN)).filter((one) => !Number.isNaN(one));
    return dieboldMariano(differences, horizon - 1)?.p ?? null;
  });
  const possible = tests.filter((p) => p !== null);
  const adjusted = holm(possible);
  let next = 0;
  return Object.fromEntries(
    others.map(([family], index) => [family, tests[index] === null ? null : (adjusted[next++] ?? 1)]),
  );
}

const isSimple = (id: string): boolean => familyOf(id)?.kind === 'baseline';
const isAnchor = (id: string): boolean => familyOf(id)?.anchors === true;

/** The best one, then the methods of the anchor, then all others: many networks must not crowd those out. */
function inOrderOfNeed(ranked: readonly string[]): string[] {
  return [...new Set([...ranked.slice(0, 1), ...ranked.filter(isAnchor), ...ranked])];
}

/**
 * The methods that nothing was chosen for: trees and networks were tried with many settings on the windows that weigh
 * them, so they have to lead clearly to take part. Where there are hardly any, all models, and simple forecasts beside them.
 */
function anchorOf(families: readonly string[]): string[] {
  const trusted = CATALOG.map(({ id }) => id).filter((id) => families.includes(id));
  const anchors = trusted.filter(isAnchor);
  if (anchors.length >= FEWEST_IN_ANCHOR) return anchors;
  const simple = trusted.filter(isSimple);
  const models = trusted.filter((id) => !simple.includes(id));
  return [...models, ...simple.slice(0, Math.max(0, FEWEST_IN_ANCHOR - models.length))];
}

function sourceOf({ row, result }: Entry, { trialOf, folderOf }: BlendInput): BlendSource[] {
  const trial = result === null || result.judged === null ? undefined : trialOf(result.trial_id);
  const folder = trial === undefined ? null : folderOf(trial.id);
  const made = trialResult.safeParse(trial?.result).data;
  if (folder === null || made === undefined || made.files.backtest === null) return [];
  const { backtest, forecast } = made.files;
  return [
    {
      family: row.model,
      backtest: join(folder, backtest),
      forecast: forecast === null ? null : join(folder, forecast),
    },
  ];
}

function summaryOf(
  { weighting, members, windows, evidence, widening }: NonNullable<BlendAnswer['ensemble']>,
  entries: readonly Entry[],
  anchor: readonly string[],
): EnsembleSummary {
  const gain = evidence.balanced > 0 && weighting !== 'balanced' ? 1 - evidence[weighting] / evidence.balanced : null;
  return {
    weighting,
    members: members
      .filter(({ highest }) => highest > 0)
      .toSorted((a, b) => b.mean - a.mean)
      .map(({ family, mean, lowest, highest, without }) => ({
        model: family,
        id: entries.find(({ row }) => row.model === family)?.row.id ?? 0,
        weight: mean,
        lowest,
        highest,
        without,
      })),
    windows,
    reasons: [
      { code: `weighting_${weighting}`, params: { models: [...anchor], windows, ...(gain === null ? {} : { gain }) } },
      { code: 'intervals_widened', params: { factors: [...widening] } },
    ],
  };
}
