/** Hands the judge's work to its thread; the thread starts with the first request and again after a crash. */
import { Worker } from 'node:worker_threads';
import type { BacktestDiagnostics } from '@minori/judge';
import type {
  BlendAnswer,
  BlendRequest,
  Compare,
  Comparison,
  Deliver,
  Delivered,
  DeliveredFile,
  Diagnose,
  JudgeAnswer,
  JudgedTrial,
  JudgeMessage,
  JudgeRequest,
  JudgeTrial,
  JudgeValue,
  Rewrite,
} from './judge-protocol.ts';

export interface Judge {
  judge(request: Omit<JudgeTrial, 'task'>): Promise<JudgedTrial>;
  blend(request: Omit<BlendRequest, 'task'>): Promise<BlendAnswer>;
  rewrite(request: Omit<Rewrite, 'task'>): Promise<readonly DeliveredFile[]>;
  compare(request: Omit<Compare, 'task'>): Promise<readonly Comparison[]>;
  diagnose(request: Omit<Diagnose, 'task'>): Promise<BacktestDiagnostics>;
  deliver(request: Omit<Deliver, 'task'>): Promise<Delivered>;
  /** Wall seconds per second of CPU in its latest work, 1 to 4: how busy the machine is. */
  pace(): number;
  /** Starts the thread ahead of the first request. */
  warm(): void;
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: JudgeValue): void;
  reject(error: Error): void;
}

/** The median of so many is the pace. */
const PACES = 5;
const SLOWEST_PACE = 4;

export function createJudge(): Judge {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let next = 1;
  let paces: readonly number[] = [];

  const start = (): Worker => {
    if (worker !== null) return worker;
    const made = new Worker(new URL('judge-worker.ts', import.meta.url));
    // The server's end does not wait for it.
    made.unref();
    made.on('message', (answer: JudgeAnswer) => {
      const one = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.ok && answer.pace !== null) paces = [...paces, answer.pace].slice(-PACES);
      if (answer.ok) one?.resolve(answer.value);
      else one?.reject(new Error(answer.error));
    });
    const lost = (reason: Error): void => {
      if (worker === made) worker = null;
      for (const one of waiting.values()) one.reject(reason);
      waiting.clear();
    };
    made.on('error', (error) => lost(error instanceof Error ? error : new Error(String(error))));
    made.on('exit', (code) => lost(new Error(`the judge's thread ended with code ${code}`)));
    worker = made;
    return made;
  };

  const ask = async (request: JudgeRequest): Promise<JudgeValue> => {
    const id = next++;
    return await new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      start().postMessage({ id, request } satisfies JudgeMessage);
    });
  };

  return {
    judge: async (request) => (await ask({ task: 'judge', ...request })) as JudgedTrial,
    blend: async (request) => (await ask({ task: 'blend', ...request })) as BlendAnswer,
    rewrite: async (request) => (await ask({ task: 'rewrite', ...request })) as readonly DeliveredFile[],
    compare: async (request) => (await ask({ task: 'compare', ...request })) as readonly Comparison[],
    diagnose: async (request) => (await ask({ task: 'diagnose', ...request })) as BacktestDiagnostics,
    deliver: async (request) => (await ask({ task: 'deliver', ...request })) as Delivered,
    pace() {
      const sorted = paces.toSorted((a, b) => a - b);
      return Math.min(SLOWEST_PACE, Math.max(1, sorted[Math.floor(sorted.length / 2)] ?? 1));
    },
    warm: () => void start(),
    async close() {
      await worker?.terminate();
    },
  };
}
