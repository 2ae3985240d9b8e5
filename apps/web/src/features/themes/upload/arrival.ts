import type { ImportedRow, ImportOutline, ImportState, StartImport, ThemeDetail } from '@minori/contract';
import type { QueryClient } from '@tanstack/react-query';
import { post } from '../../../api/client.ts';
import {
  type Choice,
  type Decision,
  NOTHING,
  type Outcome,
  publish,
  type Source,
  type Stage,
  stageOf,
} from './arrivals.ts';
import { followImport } from './follow-import.ts';
import { type Gathered, sortOut } from './gather.ts';
import { createPace } from './pace.ts';
import type { Progress } from './send-all.ts';
import { sendPictures } from './send-pictures.ts';
import { sendWhole } from './send-whole.ts';

const AUTO: Choice = { format: 'auto', columns: {} };
/** More that is given meanwhile has to wait. */
const BUSY = new Set<Stage['kind']>(['sending', 'reading', 'asking', 'importing']);
const flows = new Map<number, ArrivalFlow>();
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** From files in hand to pictures in the theme: sends, shows what would come, asks, brings, tells. */
function createArrival(theme: ThemeDetail, client: QueryClient) {
  let stop = new AbortController();
  /** Archives, tables and whatever was given while something else was under way: each waits for its turn. */
  const waiting: Gathered[][] = [];
  let ended = false;
  /** The newest look at a source: a choice made while an older one is answered must not be lost. */
  let looks = 0;
  const change = (stage: Stage) => {
    if (!ended) publish({ themeId: theme.id, name: theme.name, stage, cancel, end });
  };
  const again = () => {
    void client.invalidateQueries({ queryKey: ['theme', theme.id] });
    void client.invalidateQueries({ queryKey: ['themes'] });
  };
  const begin = () => {
    stop.abort();
    stop = new AbortController();
    return stop.signal;
  };
  const fail = (error: unknown, signal: AbortSignal, outcome: Outcome | null = null) => {
    if (!signal.aborted) change({ kind: 'failed', outcome, error });
    else if (signal === stop.signal) change(outcome === null ? NOTHING : { kind: 'done', outcome, complete: false });
  };

  const sendOne = (one: Gathered, signal: AbortSignal) => {
    const pace = createPace();
    return sendWhole(one.file, {
      signal,
      projectId: theme.project_id,
      wait: pause,
      onProgress: (sent, waits) => {
        const progress = { sent, bytes: one.file.size, waiting: waits, counts: null };
        if (!signal.aborted)
          change({ kind: 'sending', name: one.file.name, progress, pace: pace(sent, one.file.size) });
      },
    });
  };

  const look = async (source: Source, choice: Choice, signal: AbortSignal) => {
    const mine = ++looks;
    const outline = await post<ImportOutline>(`/api/v1/themes/${theme.id}/imports/outline`, {
      ...(source.kind === 'files'
        ? { names: source.files.map(({ path }) => path), annotations: source.annotations }
        : source.kind === 'upload'
          ? { upload_id: source.upload_id }
          : { server_path: source.server_path }),
      ...choice,
    });
    if (!signal.aborted && mine === looks)
      change({ kind: 'asking', source, outline, choice, busy: false, problem: null });
  };
  const open = async (make: (signal: AbortSignal) => Promise<Source>, name: string) => {
    const signal = begin();
    try {
      change({ kind: 'reading', name });
      const source = await make(signal);
      change({ kind: 'reading', name });
      await look(source, AUTO, signal);
    } catch (error) {
      fail(error, signal);
    }
  };

  const sendNow = async (files: readonly Gathered[], rows: readonly (ImportedRow | null)[]) => {
    const signal = begin();
    const pace = createPace();
    let outcome: Outcome | null = null;
    try {
      const progress = await sendPictures(theme.id, files, {
        signal,
        said: new Map(rows.flatMap((row) => (row === null ? [] : [[row.name, row] as const]))),
        onBatch: again,
        onProgress(counts) {
          outcome = outcomeOf(counts);
          if (!signal.aborted)
            change({
              kind: 'sending',
              name: null,
              progress: { ...counts, counts },
              pace: pace(counts.sent, counts.bytes),
            });
        },
      });
      if (waiting.length > 0 && progress.rejected.length === 0) next();
      else change({ kind: 'done', outcome: outcomeOf(progress), complete: true });
    } catch (error) {
      fail(error, signal, outcome);
    }
    again();
  };

  const follow = async (runId: number, name: string, signal: AbortSignal) => {
    const pace = createPace();
    let done = 0;
    const state = await followImport(theme.id, runId, signal, (seen) => {
      done = seen?.progress ?? done;
      if (!signal.aborted)
        change({ kind: 'importing', name, done, waiting: seen === null, pace: pace(done, 1), runId });
    });
    if (!signal.aborted)
      change({
        kind: 'done',
        outcome: { ...state, rejectedTotal: state.rejected_total },
        complete: state.status === 'succeeded',
      });
  };

  const take = (files: readonly Gathered[]) => {
    if (files.length === 0) return;
    if (BUSY.has(stageOf(theme.id).kind)) {
      waiting.push([...files]);
      return;
    }
    const { archives, annotations, pictures } = sortOut(files);
    const alone = pictures.length === 0 ? [...archives, ...annotations] : archives;
    const [first, ...rest] = alone;
    if (pictures.length > 0) waiting.push(...archives.map((one) => [one]));
    else if (first !== undefined) {
      waiting.push(...rest.map((one) => [one]));
      void open(
        async (signal) => ({ kind: 'upload', name: first.file.name, upload_id: await sendOne(first, signal) }),
        first.file.name,
      );
      return;
    }
    if (annotations.length === 0 && pictures.every(({ path }) => !path.includes('/'))) {
      void sendNow(pictures, []);
      return;
    }
    const name = pictures[0]?.path.split('/')[0] ?? '';
    void open(async (signal) => {
      const uploads: string[] = [];
      for (const one of annotations) uploads.push(await sendOne(one, signal));
      return { kind: 'files', name, files: pictures, annotations: uploads };
    }, name);
  };
  const next = () => {
    change(NOTHING);
    const files = waiting.shift();
    if (files !== undefined) take(files);
  };

  /** What has arrived stays; a run on the server is asked to stop. */
  const cancel = () => {
    const stage = stageOf(theme.id);
    if (stage.kind === 'importing')
      void post(`/api/v1/runs/${stage.runId}/actions`, { action: 'cancel' }).catch(() => null);
    stop.abort();
    if (stage.kind === 'importing' || stage.kind === 'asking' || stage.kind === 'reading') next();
  };
  /** Its person has signed out. */
  const end = () => {
    stop.abort();
    change(NOTHING);
    ended = true;
    flows.delete(theme.id);
  };
  return {
    take,
    takeServerFolder: (path: string) =>
      void open(async () => ({ kind: 'server', name: path, server_path: path }), path),
    /** Another format or other columns: looked at again. */
    async reconsider(choice: Choice) {
      const stage = stageOf(theme.id);
      if (stage.kind !== 'asking') return;
      const { signal } = stop;
      change({ ...stage, choice, busy: true, problem: null });
      const mine = looks + 1;
      try {
        await look(stage.source, choice, signal);
      } catch (problem) {
        if (!signal.aborted && mine === looks) change({ ...stage, choice, busy: false, problem });
      }
    },
    async decide(decision: Decision) {
      const stage = stageOf(theme.id);
      if (stage.kind !== 'asking') return;
      const { source, outline, choice } = stage;
      if (source.kind === 'files') {
        await sendNow(source.files, decision.plain ? [] : renamed(outline.annotations ?? [], decision.labels));
        return;
      }
      const signal = begin();
      const { kind: _kind, name, ...from } = source;
      try {
        const body: Partial<StartImport> = {
          ...from,
          ...choice,
          labels: decision.labels,
          overwrite: decision.overwrite,
        };
        const state = await post<ImportState>(`/api/v1/themes/${theme.id}/imports`, body);
        change({ kind: 'importing', name, done: 0, waiting: false, pace: null, runId: state.run_id });
        await follow(state.run_id, name, signal);
      } catch (error) {
        fail(error, signal);
      }
      again();
    },
    cancel,
    dismiss: next,
  };
}
export type ArrivalFlow = ReturnType<typeof createArrival>;

/** The theme's one flow in this tab, whatever page asks. */
export function arrivalOf(theme: ThemeDetail, client: QueryClient): ArrivalFlow {
  const held = flows.get(theme.id) ?? createArrival(theme, client);
  flows.set(theme.id, held);
  return held;
}

function outcomeOf({ created, skipped, rejected }: Progress): Outcome {
  return { created, skipped, labeled: null, kept: 0, rejected, rejectedTotal: rejected.length };
}

/** The labels as somebody has decided them. */
function renamed(rows: readonly (ImportedRow | null)[], labels: Decision['labels']): (ImportedRow | null)[] {
  return rows.map((row) =>
    row === null || row.label === null || !Object.hasOwn(labels, row.label)
      ? row
      : { ...row, label: labels[row.label] ?? null },
  );
}
