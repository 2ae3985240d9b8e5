import { expect, test } from 'vitest';
import { endsConversion } from './ime.ts';

test('only an Enter that ends a conversion is held back', () => {
  expect(endsConversion({ key: 'Enter', isComposing: true, keyCode: 13 })).toBe(true);
  // Safari tells the end of the conversion first and the key afterwards, with this code.
  expect(endsConversion({ key: 'Enter', isComposing: false, keyCode: 229 })).toBe(true);
  expect(endsConversion({ key: 'Enter', isComposing: false, keyCode: 13 })).toBe(false);
  expect(endsConversion({ key: 'a', isComposing: true, keyCode: 229 })).toBe(false);
});
