import { RUN_STATUSES } from '@minori/contract';
import { expect, test } from 'vitest';
import { assertMove, isFinal, legalMoves, mayMove } from './transitions.ts';

test('nothing leaves a final status, and every other status leads to one', () => {
  const moves = legalMoves();
  for (const status of RUN_STATUSES) {
    const reached = new Set([status]);
    for (const from of reached) for (const move of moves) if (move.from === from) reached.add(move.to);
    if (isFinal(status)) expect([...reached]).toEqual([status]);
    else
      for (const end of ['cancelled', 'failed', 'succeeded'] as const) {
        // What is being cancelled can only be cancelled, or fail.
        if (status === 'cancelling' && end === 'succeeded') continue;
        expect(reached, `${status} -> ${end}`).toContain(end);
      }
  }
});

test('people ask for holds and ends; only the dispatcher and recovery say how a run has ended', () => {
  const asked = legalMoves().filter((move) => move.actors.includes('person'));
  expect(new Set(asked.map((move) => move.to))).toEqual(
    new Set(['paused', 'pausing', 'cancelled', 'cancelling', 'finishing', 'queued']),
  );
  for (const move of legalMoves()) {
    if (move.to === 'succeeded' || move.to === 'failed') expect(move.actors).not.toContain('person');
    if (move.to === 'succeeded' || move.to === 'failed') expect(move.actors).not.toContain('task');
  }
});

test('an illegal change throws and names itself', () => {
  expect(mayMove('succeeded', 'running', 'dispatcher')).toBe(false);
  expect(() => assertMove('succeeded', 'running', 'dispatcher')).toThrow('succeeded -> running by dispatcher');
});
