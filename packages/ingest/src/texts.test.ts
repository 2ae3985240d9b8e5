import { findingCode, fixId, presetName, textEncoding } from '@minori/contract';
import en from '@minori/contract/texts/ingest.en.json' with { type: 'json' };
import ja from '@minori/contract/texts/ingest.ja.json' with { type: 'json' };
import { expect, test } from 'vitest';

type Tree = { readonly [key: string]: string | Tree };
const leaves = (tree: Tree, at = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${at}${key}`, value] as [string, string]] : leaves(value, `${at}${key}.`),
  );
const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/gu)].map((match) => match[1] ?? '').toSorted();

/** Japanese has one plural form: English `x_one` needs no twin there. */
const plain = (tree: Tree): string[] => leaves(tree).flatMap(([key]) => (key.endsWith('_one') ? [] : [key]));

test('both languages say the same things with the same numbers', () => {
  expect(plain(ja)).toEqual(plain(en));
  const english = new Map(leaves(en));
  for (const [key, text] of leaves(ja)) expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ''));
  for (const [key, text] of [...leaves(ja), ...leaves(en)]) expect(text.trim(), key).not.toBe('');
});
test('what stands for one thing has its plural, and says no more than it', () => {
  const english = new Map(leaves(en));
  for (const [key, text] of english)
    if (key.endsWith('_one')) {
      const plural = placeholders(english.get(key.replace(/_one$/, '')) ?? '');
      expect(plural, key).toEqual(expect.arrayContaining(placeholders(text)));
    }
});
test('every code has words', () => {
  expect(Object.keys(en.findings).toSorted()).toEqual(findingCode.options.toSorted());
  expect(Object.keys(en.fixes).toSorted()).toEqual(fixId.options.toSorted());
  expect(Object.keys(en.presets).toSorted()).toEqual(presetName.options.toSorted());
  expect(Object.keys(en.encodings).toSorted()).toEqual(textEncoding.options.toSorted());
});
