/** One engine task: a family with one set of parameters on all origins, and its forecast. */
import { TaskFailure, trialInput, trialResult } from '@minori/contract';
import { noteText } from '@minori/contract/texts';
import type { TrialNote, TrialResult } from '@minori/contract';
import { jsonb } from '@minori/database';
import type { Db } from '@minori/database';
import { columnsFor, endingSeconds, familyOf, smallerParams } from '@minori/planner';
import type { Driver, RunRow } from '../../dispatch/index.ts';
import { versionFuture, versionParquet } from '../../datasets/files.ts';
import type { Home } from '../../platform/home.ts';
import { searchSpec, trialSpec } from '../documents.ts';
import type { TrialSpec } from '../documents.ts';
import type { Judge } from '../judge-client.ts';
import { openTrial, closeTrial } from '../history.ts';

/** What libraries take on top of the arrays; the limit is for what a task adds to its host. */
const LEAST_BYTES = 2 ** 30;
const ROOM_FACTOR = 4;
const GRACE_SECONDS = 1;
/** Past the budget the dispatcher ends a task; this only catches one that it lost sight of. */
const SAFETY_SECONDS = 60;

interface TrialDeps {
  readonly db: Db;
  readonly home: Home;
  readonly judge: Judge;
  /** Bytes that every trial may take, whatever the plan thinks of it. */
  readonly leastTrialBytes?: number;
}

export function createTrialDriver({ db, home, judge, leastTrialBytes = LEAST_BYTES }: TrialDeps): Driver {
  return {
    kind: 'trial',
    track: 'forecast',
    shape: 'leaf',
    // A trial is short and has no checkpoint: pausing waits for it instead of doing it twice.
    onPause: 'finish',
    async task(run, { tree, budget, smaller }) {
      const spec = trialSpec.parse(run.spec);
      const { plan, dataset } = searchSpec.parse(tree.root.spec);
      const left =
        budget === null
          ? null
          : Math.max(0.1, budget.remaining - endingSeconds(plan, plan.candidates.length, budget.seconds, judge.pace()));
      const columns = columnsFor(spec.family, plan.exogenous);
      const input = trialInput.parse({
        parquet: versionParquet(home, dataset.sha256),
        freq: plan.freq,
        season: plan.season,
        h: plan.horizon,
        origins: plan.origins,
        min_train: plan.min_train,
        levels: plan.levels,
        family: spec.family,
        params: smaller ? smallerParams(spec.family, spec.params).params : spec.params,
        series: null,
        predict: true,
        deadline_seconds: left,
        rival: spec.rival,
        rungs: spec.rungs,
        exogenous:
          columns === null
            ? null
            : { ...columns, future: columns.futr.length > 0 ? versionFuture(home, dataset.sha256) : null },
      });
      return {
        host: familyOf(spec.family)?.host ?? 'python',
        kind: 'forecast.trial',
        input,
        limits: {
          memory_bytes: leastTrialBytes + ROOM_FACTOR * spec.memory_bytes,
          threads: plan.threads,
          seconds: budget === null ? null : budget.remaining + SAFETY_SECONDS,
          grace_seconds: GRACE_SECONDS,
        },
      };
    },
    async digest(run, ending) {
      const result = trialResult.parse(ending.result);
      const [fallback] = result.fallbacks;
      // What came out is a simpler family's forecast under this one's name.
      if (
        fallback !== undefined &&
        result.fallback_count >= result.fits &&
        familyOf(result.family)?.kind !== 'baseline'
      )
        throw new TaskFailure('bad_data', 'family_failed', { model: result.family, reason: fallback.reason });
      return {
        metrics: { seconds: result.seconds_total, fits: result.fits, fallbacks: result.fallback_count },
        result: { ...result, notes: [...(await memoryNotes(db, run)), ...result.notes] },
      };
    },
    async changed(run, from, tx) {
      if (from === null) await openTrial(tx, run, trialSpec.parse(run.spec));
    },
    async settled(run, settlement, tx) {
      // A trial that succeeded is told to its study by the candidate, once it has been judged.
      if (settlement.status !== 'succeeded')
        await closeTrial(tx, run, settlement.status === 'failed' ? 'failed' : 'pruned');
      if (settlement.status === 'succeeded')
        for (const note of trialResult.parse(run.result).notes)
          await tx
            .insertInto('logs')
            .values({
              run_id: run.id,
              level: 'info',
              source: 'engine',
              code: note.code,
              message: `${noteText('ja', note.code, note.params)} / ${noteText('en', note.code, note.params)}`,
              payload: jsonb(note.params),
            })
            .execute();
    },
  };
}

const MEMORY_NOTES = new Set(['retried_smaller', 'retried_after_memory']);

/** What a trial's result says of memory that had run out before. */
export const memoryNotesOf = ({ notes }: TrialResult): TrialNote[] =>
  notes.filter(({ code }) => MEMORY_NOTES.has(code));

/** What a trial was really computed with: less than was asked for, where memory had run out. */
export function usedParams({ family, params }: TrialSpec, { notes }: TrialResult): TrialSpec['params'] {
  return notes.some(({ code }) => code === 'retried_smaller') ? smallerParams(family, params).params : params;
}

/** That an earlier attempt ran out of memory, and what was done about it. */
async function memoryNotes(db: Db, run: RunRow): Promise<TrialNote[]> {
  const earlier = await db
    .selectFrom('run_attempt')
    .select('id')
    .where('run_id', '=', run.id)
    .where('cause', '=', 'out_of_memory')
    .executeTakeFirst();
  if (earlier === undefined) return [];
  const { family, params } = trialSpec.parse(run.spec);
  const { changed } = smallerParams(family, params);
  return [
    changed.length === 0
      ? { code: 'retried_after_memory', params: {} }
      : { code: 'retried_smaller', params: { settings: changed.join(', ') } },
  ];
}
