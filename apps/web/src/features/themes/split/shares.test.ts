import { expect, test } from 'vitest';
import { shareTaken } from './shares.ts';

const shares = { train: 70, valid: 15, test: 15 };
const sum = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0);

test('the three always make a hundred', () => {
  expect(shareTaken(shares, 'test', 20)).toEqual({ train: 65, valid: 15, test: 20 });
  expect(shareTaken(shares, 'valid', 5)).toEqual({ train: 80, valid: 5, test: 15 });
  expect(shareTaken(shares, 'train', 80)).toEqual({ train: 80, valid: 5, test: 15 });
  expect(shareTaken(shares, 'train', 95)).toEqual({ train: 95, valid: 0, test: 5 });
  expect(shareTaken(shares, 'test', 95)).toEqual({ train: 0, valid: 5, test: 95 });
  expect(shareTaken(shares, 'test', 400)).toEqual({ train: 0, valid: 0, test: 100 });
  for (const split of ['train', 'valid', 'test'] as const)
    for (const value of [-5, 0, 33, 50, 100]) expect(sum(shareTaken(shares, split, value))).toBe(100);
});
