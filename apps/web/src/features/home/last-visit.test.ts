import { expect, test } from 'vitest';
import { nextVisit } from './last-visit.ts';

const minute = 60_000;

test('looking again within a visit keeps what is new', () => {
  const first = nextVisit(null, 1000 * minute);
  expect(first.since).toBe(0);
  const soon = nextVisit(first.write, 1005 * minute);
  expect(soon.since).toBe(0);
  const later = nextVisit(soon.write, 1100 * minute);
  expect(later.since).toBe(1005 * minute);
  expect(nextVisit(later.write, 1110 * minute).since).toBe(1005 * minute);
});

test('nonsense in the store is a first visit', () => {
  expect(nextVisit('x', 5).since).toBe(0);
});
