/** The words of a page beside the two catalogues: none may be a key, and none of the other language. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ROOT } from './product.ts';

const flat = (node: unknown, prefix = ''): [string, string][] =>
  typeof node === 'string'
    ? [[prefix, node]]
    : Object.entries(node as Record<string, unknown>).flatMap(([key, child]) =>
        flat(child, prefix === '' ? key : `${prefix}.${key}`),
      );
const catalogue = (language: string) =>
  flat(JSON.parse(readFileSync(join(ROOT, 'apps/web/src/i18n', `${language}.json`), 'utf8')));
const KEYS = new Set(catalogue('en').map(([key]) => key));
const JAPANESE = new Map(catalogue('ja'));
/** English sentences that Japanese readers must not meet. */
const ENGLISH = new Set(
  catalogue('en')
    .filter(
      ([key, text]) => text.length > 11 && text.includes(' ') && !text.includes('{{') && JAPANESE.get(key) !== text,
    )
    .map(([, text]) => text),
);

/** All that is read, by eye or by ear; what is set as code (files, actions of the audit log) means itself. */
async function wordsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (node.parentElement?.closest('script, style, pre, .mono') === null) found.push(node.textContent ?? '');
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
      for (const name of ['aria-label', 'title', 'placeholder']) found.push(element.getAttribute(name) ?? '');
    return found.map((text) => text.trim()).filter((text) => text !== '');
  });
}

const LIKE_A_KEY = new RegExp(
  `^(?:${[...new Set([...KEYS].map((key) => key.split('.')[0]))].join('|')})(?:\\.[a-z_0-9]+)+$`,
);
/** A run's numbers are stored under these; in English some are words as well. */
const FIGURES = new Set([...KEYS].flatMap((key) => (key.startsWith('figures.') ? [key.slice('figures.'.length)] : [])));
const FILE = /\.(?:csv|html|json|xlsx|parquet)$/;

/** What is read on the page and must not be: keys of the catalogue, and for Japanese readers English sentences. */
export async function wrongWords(page: Page, language: 'en' | 'ja'): Promise<string[]> {
  const isKey = (text: string) => KEYS.has(text) || (LIKE_A_KEY.test(text) && !FILE.test(text));
  const isEnglish = (text: string) => ENGLISH.has(text) || FIGURES.has(text);
  const texts = await wordsOf(page);
  return texts.filter((text) => isKey(text) || (language === 'ja' && isEnglish(text)));
}
