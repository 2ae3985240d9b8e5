import type { ThemeImage } from '@minori/contract';
import { expect, test } from 'vitest';
import { actOf, groupsOf, isDone, proposalOf } from './answers.ts';

const picture = (part: Partial<ThemeImage>): ThemeImage => ({
  id: 1,
  name: '1.png',
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
  uploaded_by: null,
  uploaded_at: '2026-11-01T00:00:00Z',
  quarantined: false,
  prelabel: { label_id: 7, confidence: 0.8, source: 'probe' },
  score: null,
  decided: [],
  ...part,
});

test('a proposal is accepted or refused only where it is shown', () => {
  const open = picture({});
  expect(actOf('accept', open, null, 0.8)).toEqual({ kind: 'give', label_id: 7, source: 'prelabel', settle: false });
  expect(actOf('refuse', open, null, 0.8)).toEqual({ kind: 'decide', subject: 'proposal' });
  expect(actOf('accept', open, null, 0.81)).toBeNull();
  expect(actOf('refuse', open, null, 0.81)).toBeNull();
  expect(actOf('keep', open, 'random', 0.5)).toBeNull();
});

test('a doubt is answered by keeping the label or by taking the other one, whatever the threshold', () => {
  const doubted = picture({ label_id: 3 });
  expect(proposalOf(doubted, 0.99)).not.toBeNull();
  expect(actOf('accept', doubted, 'suspicious', 0.99)).toMatchObject({ label_id: 7, settle: true });
  expect(actOf('keep', doubted, 'suspicious', 0.99)).toMatchObject({ label_id: 3, source: 'person', settle: true });
  expect(actOf('refuse', doubted, null, 0.99)).toMatchObject({ label_id: 3, settle: true });
  const settled = picture({ label_id: 3, decided: ['label'] });
  expect(proposalOf(settled, 0)).toBeNull();
  expect([isDone('suspicious', doubted), isDone('suspicious', settled)]).toEqual([false, true]);
  expect(actOf('keep', picture({ label_id: 7 }), null, 0)).toBeNull();
});

test('copies stand together and may stay together', () => {
  const [a, b, c] = [picture({ id: 1, score: 3.5 }), picture({ id: 2, score: 3.5 }), picture({ id: 3, score: 2.2 })];
  expect(groupsOf([a, b, c]).map((group) => group.map(({ id }) => id))).toEqual([[1, 2], [3]]);
  expect(actOf('keep', a, 'duplicates', 0)).toEqual({ kind: 'decide', subject: 'copies' });
  expect(isDone('duplicates', picture({ decided: ['copies'] }))).toBe(true);
});
