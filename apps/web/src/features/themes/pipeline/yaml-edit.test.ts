import { expect, test } from 'vitest';
import { rawOf, withItem, withMovedItem, withoutValue, withValue } from './yaml-edit.ts';

const TEXT = `# ours
training:
  learning_rate: 0.01 # found by hand
preprocessing:
  steps:
    - name: gamma
      gamma: 1
    - { name: resize, width: 64, height: 64 }
`;

test('one value changes and every word around it stays', () => {
  expect(withValue(TEXT, ['preprocessing', 'steps', 0, 'gamma'], 0.6)).toBe(TEXT.replace('gamma: 1', 'gamma: 0.6'));
  expect(withValue(TEXT, ['preprocessing', 'steps', 1, 'width'], 32)).toBe(TEXT.replace('width: 64', 'width: 32'));
  expect(withValue('train: []\n', ['image', 'size'], [48, 64])).toBe('train: []\nimage:\n  size: [ 48, 64 ]\n');
});

test('a list is made where there is none, also behind a key without a value', () => {
  const step = { name: 'gamma', gamma: 0.5 };
  for (const text of ['', '{}', 'preprocessing:\n', 'preprocessing:\n  steps: []\n'])
    expect(rawOf(withItem(text, ['preprocessing', 'steps'], step)), text).toEqual({ preprocessing: { steps: [step] } });
  expect(withItem(TEXT, ['preprocessing', 'steps'], step)).toBe(`${TEXT}    - name: gamma\n      gamma: 0.5\n`);
});

test('steps are moved and removed', () => {
  const moved = withMovedItem(TEXT, ['preprocessing', 'steps'], 1, 0);
  expect(rawOf(moved)?.['preprocessing']).toMatchObject({ steps: [{ name: 'resize' }, { name: 'gamma' }] });
  expect(withMovedItem(TEXT, ['preprocessing', 'steps'], 1, 2)).toBe(TEXT);
  expect(withoutValue(TEXT, ['preprocessing', 'steps', 0])).toBe(
    TEXT.replace('    - name: gamma\n      gamma: 1\n', ''),
  );
});

test('what is no YAML is left alone', () => {
  expect(withValue('a: [', ['a'], 1)).toBe('a: [');
  expect(rawOf('a: [')).toBeNull();
  expect(rawOf('- a')).toBeNull();
});
