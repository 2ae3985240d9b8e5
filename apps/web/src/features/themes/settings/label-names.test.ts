import { expect, test } from 'vitest';
import { namesIn, newNames } from './label-names.ts';

test('many labels can be pasted at once, in the ways people write lists', () => {
  expect(namesIn('犬、猫\n鳥 , fish\t')).toEqual(['犬', '猫', '鳥', 'fish']);
  expect(namesIn(' \n,、')).toEqual([]);
});

test('what is there already, or twice in the text, comes once', () => {
  expect(newNames(['犬'], '犬, 猫, 猫, Dog')).toEqual(['猫', 'Dog']);
});
