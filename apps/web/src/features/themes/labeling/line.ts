/** Writes leave one after the other, so that the last key pressed is the one that stays. Pure. */
import type { LabelUpdated } from '@minori/contract';
import type { LabelId } from './known.ts';

/** One press, as the server takes it. */
export interface LabelAct {
  readonly image_ids: readonly number[];
  readonly label_id: LabelId;
  readonly source: 'person' | 'prelabel';
  readonly settle: boolean;
}

/** What one request carries at most. */
const AT_ONCE = 50;

interface Waiting {
  /** Null: something else that needs its turn. */
  readonly act: LabelAct | null;
  readonly work: () => Promise<void>;
  readonly answered: (answer: LabelUpdated) => void;
  readonly refused: (error: unknown) => void;
  readonly left: () => void;
}

/**
 * A hand can be faster than the server: what it labels while a request is under way leaves together in the next one.
 * When that one is refused, each act goes alone, so that only what is wrong is taken back.
 */
export function createLine(send: (acts: readonly LabelAct[]) => Promise<readonly LabelUpdated[]>) {
  const waiting: Waiting[] = [];
  let last: Promise<void> = Promise.resolve();
  let busy = false;

  async function sendAll(some: readonly Waiting[]): Promise<void> {
    try {
      const answers = await send(some.flatMap(({ act }) => act ?? []));
      for (const [at, answer] of answers.entries()) some[at]?.answered(answer);
      for (const { left } of some) left();
    } catch (error) {
      const [only] = some;
      if (some.length > 1) for (const one of some) await sendAll([one]);
      else {
        only?.refused(error);
        only?.left();
      }
    }
  }

  async function run(): Promise<void> {
    busy = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.act === null) {
        await next.work();
        next.left();
        continue;
      }
      const together = [next];
      while (together.length < AT_ONCE && waiting[0] !== undefined && waiting[0].act !== null)
        together.push(...waiting.splice(0, 1));
      await sendAll(together);
    }
    busy = false;
  }

  function join(one: Omit<Waiting, 'left'>): void {
    last = new Promise((left) => waiting.push({ ...one, left }));
    if (!busy) void run();
  }

  const nothing = () => undefined;
  return {
    label: (act: LabelAct, answered: Waiting['answered'], refused: Waiting['refused']) =>
      join({ act, answered, refused, work: async () => undefined }),
    /** `work` handles its own failures. */
    other: (work: () => Promise<void>) => join({ act: null, work, answered: nothing, refused: nothing }),
    /** When everything that stands in the line now has been answered. */
    settled: (): Promise<void> => last,
  };
}
