import { expect, test } from 'vitest';
import en from './en.json' with { type: 'json' };
import ja from './ja.json' with { type: 'json' };
import { preferredLanguage } from './index.ts';

type Tree = { [key: string]: string | Tree };
function flat(tree: Tree, prefix = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') all.set(prefix + key, value);
    else for (const [k, v] of flat(value, `${prefix}${key}.`)) all.set(k, v);
  }
  return all;
}
const placeholders = (text: string): string[] => [...text.matchAll(/\{\{\s*(\w+)/g)].map((m) => m[1] ?? '').toSorted();
const plural = /_(one|other)$/;
/** Japanese has one plural form: `x_one` needs no twin there. */
const keys = (all: Map<string, string>) => new Set([...all.keys()].map((k) => k.replace(plural, '')));

test('both languages hold the same keys', () => {
  expect([...keys(flat(ja))].toSorted()).toEqual([...keys(flat(en))].toSorted());
});

test('both languages use the same placeholders', () => {
  const english = flat(en);
  for (const [key, text] of flat(ja)) {
    const twin = english.get(key) ?? english.get(key.replace(plural, '_other'));
    if (twin !== undefined) expect(placeholders(text), key).toEqual(placeholders(twin));
  }
});

test('no text is empty and none shouts', () => {
  for (const all of [flat(ja), flat(en)])
    for (const [key, text] of all) {
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toMatch(/[!！]/);
    }
});

test('the stored choice wins over the browser, and unknown languages read English', () => {
  expect(preferredLanguage('ja', ['en-US'])).toBe('ja');
  expect(preferredLanguage(null, ['fr', 'ja-JP', 'en'])).toBe('ja');
  expect(preferredLanguage('xx', ['de'])).toBe('en');
});
