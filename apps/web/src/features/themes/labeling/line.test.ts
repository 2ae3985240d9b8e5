import type { LabelUpdated } from '@minori/contract';
import { expect, test } from 'vitest';
import { createLine, type LabelAct } from './line.ts';

const act = (image: number): LabelAct => ({ image_ids: [image], label_id: 1, source: 'person', settle: false });
const answer = (seq: number): LabelUpdated => ({ updated: 1, unchanged: 0, batch_id: seq, seq });

/** A server that answers when it is told to, and refuses picture 4. */
function slow() {
  const requests: number[][] = [];
  const waiting: (() => void)[] = [];
  const line = createLine(async (acts) => {
    const ids = acts.flatMap(({ image_ids: named }) => named);
    requests.push(ids);
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (ids.includes(4)) throw new Error('no');
    return ids.map(answer);
  });
  const go = async () => {
    waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { line, requests, go };
}

test('what is pressed while a request is under way leaves together, in order', async () => {
  const { line, requests, go } = slow();
  const heard: number[] = [];
  const give = (image: number) =>
    line.label(
      act(image),
      ({ seq }) => heard.push(seq),
      () => heard.push(-image),
    );
  for (const image of [1, 2, 3]) give(image);
  line.other(async () => void heard.push(0));
  give(5);
  const settled = line.settled().then(() => heard.push(99));
  expect(requests).toEqual([[1]]);
  await go();
  expect(requests).toEqual([[1], [2, 3]]);
  await go();
  expect(requests).toEqual([[1], [2, 3], [5]]);
  await go();
  await settled;
  expect(heard).toEqual([1, 2, 3, 0, 5, 99]);
});

test('one that is refused takes no other with it', async () => {
  const { line, requests, go } = slow();
  const heard: number[] = [];
  for (const image of [1, 3, 4, 5])
    line.label(
      act(image),
      ({ seq }) => heard.push(seq),
      () => heard.push(-image),
    );
  for (let turn = 0; turn < 5; turn += 1) await go();
  await line.settled();
  expect(requests).toEqual([[1], [3, 4, 5], [3], [4], [5]]);
  expect(heard).toEqual([1, 3, -4, 5]);
});
