import type {
  ImportColumns,
  ImportedRow,
  ImportFormat,
  ImportOutline,
  ImportState,
  StartImport,
  ThemeDetail,
} from '@minori/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { post } from '../../../api/client.ts';
import { followImport } from './follow-import.ts';
import { type Gathered, sortOut } from './gather.ts';
import { createPace, type Pace } from './pace.ts';
import type { Progress, Rejected } from './send-all.ts';
import { sendPictures } from './send-pictures.ts';
import { sendWhole } from './send-whole.ts';

/** Where pictures or annotations come from, once the server can look at them. */
export type Source =
  | { kind: 'upload'; name: string; upload_id: string }
  | { kind: 'server'; name: string; server_path: string }
  | { kind: 'files'; name: string; files: readonly Gathered[]; annotations: readonly string[] };

export interface Choice {
  readonly format: ImportFormat;
  readonly columns: ImportColumns;
}
/** What somebody decides about an import after looking at its outline. */
export interface Decision {
  readonly labels: Readonly<Record<string, string | null>>;
  readonly overwrite: boolean;
  /** Pictures only. */
  readonly plain: boolean;
}

export interface Outcome {
  readonly created: number;
  readonly skipped: number;
  readonly labeled: number | null;
  readonly kept: number;
  readonly rejected: readonly Rejected[];
  readonly rejectedTotal: number;
}

export type Stage =
  | { kind: 'none' }
  | { kind: 'sending'; name: string | null; progress: Sending; pace: Pace | null }
  | { kind: 'reading'; name: string }
  | { kind: 'asking'; source: Source; outline: ImportOutline; choice: Choice; busy: boolean; problem: unknown }
  | { kind: 'importing'; name: string; done: number; waiting: boolean; pace: Pace | null; runId: number }
  | { kind: 'done'; outcome: Outcome; complete: boolean }
  | { kind: 'failed'; outcome: Outcome | null; error: unknown };
/** The same for many pictures and for one large file. */
export type Sending = Pick<Progress, 'sent' | 'bytes' | 'waiting'> & { counts: Progress | null };

const AUTO: Choice = { format: 'auto', columns: {} };
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** From files in hand to pictures in the theme: sends, shows what would come, asks, brings, tells. */
export function useArrival(theme: Pick<ThemeDetail, 'id' | 'project_id'>) {
  const client = useQueryClient();
  const [stage, setStage] = useState<Stage>({ kind: 'none' });
  const stop = useRef<AbortController>(new AbortController());
  /** Archives and tables that wait for their turn. */
  const waiting = useRef<Gathered[]>([]);
  const files = useRef<HTMLInputElement | null>(null);
  const folder = useRef<HTMLInputElement | null>(null);
  /** The newest look at a source: a choice made while an older one is answered must not be lost. */
  const looks = useRef(0);
  const moving = stage.kind === 'sending' || stage.kind === 'importing';

  useEffect(() => {
    if (stage.kind !== 'sending') return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [stage.kind]);

  const again = () => {
    void client.invalidateQueries({ queryKey: ['theme', theme.id] });
    void client.invalidateQueries({ queryKey: ['themes'] });
  };
  const begin = () => {
    stop.current.abort();
    stop.current = new AbortController();
    return stop.current.signal;
  };
  const fail = (error: unknown, signal: AbortSignal, outcome: Outcome | null = null) => {
    if (!signal.aborted) setStage({ kind: 'failed', outcome, error });
    else if (signal === stop.current.signal)
      setStage(outcome === null ? { kind: 'none' } : { kind: 'done', outcome, complete: false });
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
          setStage({ kind: 'sending', name: one.file.name, progress, pace: pace(sent, one.file.size) });
      },
    });
  };

  const look = async (source: Source, choice: Choice, signal: AbortSignal) => {
    const mine = ++looks.current;
    const outline = await post<ImportOutline>(`/api/v1/themes/${theme.id}/imports/outline`, {
      ...(source.kind === 'files'
        ? { names: source.files.map(({ path }) => path), annotations: source.annotations }
        : source.kind === 'upload'
          ? { upload_id: source.upload_id }
          : { server_path: source.server_path }),
      ...choice,
    });
    if (!signal.aborted && mine === looks.current)
      setStage({ kind: 'asking', source, outline, choice, busy: false, problem: null });
  };
  const open = async (make: (signal: AbortSignal) => Promise<Source>, name: string) => {
    const signal = begin();
    try {
      setStage({ kind: 'reading', name });
      const source = await make(signal);
      setStage({ kind: 'reading', name });
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
            setStage({
              kind: 'sending',
              name: null,
              progress: { ...counts, counts },
              pace: pace(counts.sent, counts.bytes),
            });
        },
      });
      setStage({ kind: 'done', outcome: outcomeOf(progress), complete: true });
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
        setStage({ kind: 'importing', name, done, waiting: seen === null, pace: pace(done, 1), runId });
    });
    if (!signal.aborted)
      setStage({
        kind: 'done',
        outcome: { ...state, rejectedTotal: state.rejected_total },
        complete: state.status === 'succeeded',
      });
  };

  const take = (files: readonly Gathered[]) => {
    if (files.length === 0) return;
    const { archives, annotations, pictures } = sortOut(files);
    const alone = pictures.length === 0 ? [...archives, ...annotations] : archives;
    const [first, ...rest] = alone;
    if (pictures.length > 0) waiting.current.push(...archives);
    else if (first !== undefined) {
      waiting.current.push(...rest);
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
  /** The next archive or table of those that were given together. */
  const next = () => {
    setStage({ kind: 'none' });
    const one = waiting.current.shift();
    if (one !== undefined) take([one]);
  };

  return {
    stage,
    moving,
    take,
    filesField: (node: HTMLInputElement | null) => {
      files.current = node;
    },
    folderField: (node: HTMLInputElement | null) => {
      folder.current = node;
      // React knows no such attribute.
      node?.setAttribute('webkitdirectory', '');
    },
    pickFiles: () => files.current?.click(),
    pickFolder: () => folder.current?.click(),
    takeServerFolder: (path: string) =>
      void open(async () => ({ kind: 'server', name: path, server_path: path }), path),
    /** Another format or other columns: looked at again. */
    async reconsider(choice: Choice) {
      if (stage.kind !== 'asking') return;
      const { signal } = stop.current;
      setStage({ ...stage, choice, busy: true, problem: null });
      const mine = looks.current + 1;
      try {
        await look(stage.source, choice, signal);
      } catch (problem) {
        if (!signal.aborted && mine === looks.current) setStage({ ...stage, choice, busy: false, problem });
      }
    },
    async decide(decision: Decision) {
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
        setStage({ kind: 'importing', name, done: 0, waiting: false, pace: null, runId: state.run_id });
        await follow(state.run_id, name, signal);
      } catch (error) {
        fail(error, signal);
      }
      again();
    },
    /** What has arrived stays; a run on the server is asked to stop. */
    cancel() {
      if (stage.kind === 'importing')
        void post(`/api/v1/runs/${stage.runId}/actions`, { action: 'cancel' }).catch(() => null);
      stop.current.abort();
      if (stage.kind === 'importing' || stage.kind === 'asking' || stage.kind === 'reading') next();
    },
    dismiss: next,
  };
}
export type Arrival = ReturnType<typeof useArrival>;

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
