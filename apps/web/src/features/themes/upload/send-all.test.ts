import { expect, test } from 'vitest';
import { ApiProblem } from '../../../api/client.ts';
import { type Gathered, isClutter } from './gather.ts';
import { batchesOf, type Progress, sendAll } from './send-all.ts';

const file = (name: string, size: number): Gathered => ({ file: new File([new Uint8Array(size)], name), path: name });
const many = (count: number, size = 10) => Array.from({ length: count }, (_, at) => file(`${at}.png`, size));

test('batches keep the order and stay within files and bytes', () => {
  expect(batchesOf(many(250)).map((batch) => batch.length)).toEqual([100, 100, 50]);
  expect(batchesOf([file('a', 5), file('big', 30_000_000), file('b', 5)]).map((b) => b.map((one) => one.path))).toEqual(
    [['a'], ['big'], ['b']],
  );
  expect(batchesOf([])).toEqual([]);
});

test('a lost connection is waited for, and what was sent is not lost', async () => {
  const seen: Progress[] = [];
  const waits: number[] = [];
  let calls = 0;
  const end = await sendAll(many(150), {
    async send(batch) {
      calls += 1;
      if (calls === 2 || calls === 3) throw new ApiProblem('offline', 0, {}, []);
      return { created: batch.length - 1, skipped: 1, rejected: [] };
    },
    onProgress: (progress) => seen.push(progress),
    wait: async (ms) => void waits.push(ms),
    signal: new AbortController().signal,
  });
  expect(end).toMatchObject({ files: 150, settled: 150, created: 148, skipped: 2, sent: 1500, waiting: false });
  expect(waits).toEqual([500, 1000]);
  expect(seen.some((progress) => progress.waiting)).toBe(true);
  // Never back behind what the server has acknowledged.
  expect(seen.slice(3).every((progress) => progress.sent >= 1000)).toBe(true);
});

test('an answer that waiting does not change ends it; stopping ends it at once', async () => {
  const refused = new ApiProblem('forbidden', 403, {}, []);
  const options = { onProgress: () => {}, wait: async () => {} };
  await expect(
    sendAll(many(1), { ...options, send: () => Promise.reject(refused), signal: new AbortController().signal }),
  ).rejects.toBe(refused);
  const stop = new AbortController();
  stop.abort();
  let sent = false;
  const send = async () => {
    sent = true;
    return { created: 0, skipped: 0, rejected: [] };
  };
  await expect(sendAll(many(1), { ...options, send, signal: stop.signal })).rejects.toThrow();
  expect(sent).toBe(false);
});

test('what systems leave in folders is not sent', () => {
  expect(['a/.DS_Store', 'Thumbs.db', '__MACOSX/a.png', '.hidden'].every(isClutter)).toBe(true);
  expect(['a/b.png', '写真 1.jpg', 'a.b/c.d.webp'].some(isClutter)).toBe(false);
});
