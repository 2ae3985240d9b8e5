import type { ImagePage, ThemeImage, ThemeStatistics } from '@minori/contract';
import { expect, test } from 'vitest';
import { recounted, relabeled, without, withPictures } from './known.ts';

const image = (id: number, part: Partial<ThemeImage> = {}): ThemeImage => ({
  id,
  name: `${id}.png`,
  width: 28,
  height: 28,
  format: 'png',
  bytes: 300,
  sha256: 'a'.repeat(64),
  label_id: null,
  labeled_by: null,
  labeled_at: null,
  label_source: null,
  split: null,
  group: null,
  uploaded_by: 'hanako',
  uploaded_at: '2026-11-01T00:00:00Z',
  quarantined: false,
  prelabel: null,
  score: null,
  decided: [],
  ...part,
});
const page: ImagePage = { items: [image(3), image(2), image(1)], next: null, total: 3 };
const at = '2026-11-02T00:00:00Z';

test('a label carries who gave it; taking it away leaves nobody', () => {
  const given = relabeled(image(1), { label_id: 7, by: 'taro', at });
  expect(given).toMatchObject({ label_id: 7, labeled_by: 'taro', labeled_at: at });
  expect(relabeled(given, { label_id: null, by: 'taro', at })).toEqual(image(1));
  expect(relabeled(given, { label_id: 7, by: 'jiro', at })).toBe(given);
});

test('a label that was accepted says so, and a settled one is decided also where it stays', () => {
  const proposed = image(1, { prelabel: { label_id: 7, confidence: 0.9, source: 'probe' }, decided: ['copies'] });
  const accepted = relabeled(proposed, { label_id: 7, by: 'taro', at, source: 'prelabel' });
  expect(accepted).toMatchObject({ label_source: 'prelabel', prelabel: null, decided: ['copies'] });
  const settled = relabeled(accepted, { label_id: 7, by: 'jiro', at, settle: true });
  expect(settled).toMatchObject({ labeled_by: 'taro', label_source: 'prelabel', decided: ['copies', 'label'] });
  expect(relabeled(settled, { label_id: 8, by: 'jiro', at })).toMatchObject({
    labeled_by: 'jiro',
    decided: ['copies'],
  });
});

test('pictures are exchanged in their place, and an untouched page stays the same object', () => {
  const changed = withPictures(page, new Map([[2, image(2, { label_id: 5 })]]));
  expect(changed.items.map((one) => [one.id, one.label_id])).toEqual([
    [3, null],
    [2, 5],
    [1, null],
  ]);
  expect(withPictures(page, new Map([[99, image(99)]]))).toBe(page);
  expect(without(page, new Set([3, 1]))).toMatchObject({ items: [{ id: 2 }], total: 1 });
  expect(without(page, new Set([99]))).toBe(page);
});

test('numbers follow each label, per label and per split', () => {
  const none = { train: 0, valid: 0, test: 0, unassigned: 0 };
  const held: ThemeStatistics = {
    total: 3,
    labeled: 1,
    unlabeled: 2,
    splits: { ...none, train: 1, unassigned: 2 },
    labels: [
      { label_id: 7, label_name: 'cat', color: null, count: 1, ...none, train: 1 },
      { label_id: 8, label_name: 'dog', color: null, count: 0, ...none },
    ],
    unlabeled_splits: { ...none, unassigned: 2 },
    quarantined: 0,
    seq: 4,
  };
  const after = recounted(held, [
    { from: 7, to: 8, split: 'train' },
    { from: null, to: 8, split: null },
    { from: null, to: null, split: null },
  ]);
  expect(after).toMatchObject({ labeled: 2, unlabeled: 1, unlabeled_splits: { unassigned: 1 } });
  expect(after.labels).toMatchObject([
    { count: 0, train: 0 },
    { count: 2, train: 1, unassigned: 1 },
  ]);
  const back = recounted(after, [
    { from: 8, to: 7, split: 'train' },
    { from: 8, to: null, split: null },
  ]);
  expect(back).toEqual(held);
});
