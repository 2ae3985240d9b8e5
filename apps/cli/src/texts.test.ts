import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { interpolate, languageOf } from './texts.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const read = (language: string): object =>
  JSON.parse(readFileSync(`${folder}texts/${language}.json`, 'utf8')) as object;

function leaves(node: object, path = '', found = new Map<string, string>()): Map<string, string> {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'string') found.set(`${path}${key}`, value);
    else leaves(value as object, `${path}${key}.`, found);
  }
  return found;
}
const ja = leaves(read('ja'));
const en = leaves(read('en'));
const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

describe('texts', () => {
  test('both languages say the same things about the same values', () => {
    expect([...ja.keys()].sort()).toEqual([...en.keys()].sort());
    for (const [key, text] of en) expect(placeholders(ja.get(key) ?? ''), key).toEqual(placeholders(text));
  });

  test('every text that the code asks for exists, and none is left over', () => {
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(`${folder}${name}`, 'utf8'))
      .join('\n');
    const asked = new Set<string>();
    for (const [, key] of sources.matchAll(/\bsay\(\s*'([\w.]+)'/g)) asked.add(key ?? '');
    for (const [, key] of sources.matchAll(/\bhelp\('(\w+)'\)/g)) asked.add(`help.${key}`);
    for (const [, key] of sources.matchAll(/named\(\w+, '[^']*', '(\w+)'\)/g)) asked.add(`help.${key}`);
    for (const [, code] of sources.matchAll(/new (?:UsageError|FailedError)\('(\w+)'/g)) asked.add(`error.${code}`);
    for (const key of asked) expect(en.has(key), key).toBe(true);

    const built =
      /^(help\.runs_(stop|cancel|pause|resume)|setup\.|theme\.|reproduce\.|step\.|component\.|status\.|severity\.|runs\.|doctor\.(home|cache)$)/;
    for (const key of en.keys()) if (!built.test(key)) expect(asked.has(key), `${key} is never said`).toBe(true);
  });

  test('placeholders take own properties only', () => {
    expect(interpolate('{{a}} {{constructor}} {{b}}', { a: 1234567.5, b: ['x', 'y'] }, 'en')).toBe(
      '1,234,570 {{constructor}} x, y',
    );
  });

  test('the language follows the environment', () => {
    expect(languageOf({ LANG: 'ja_JP.UTF-8' })).toBe('ja');
    expect(languageOf({ LC_ALL: 'C', LANG: 'ja_JP.UTF-8' })).toBe('en');
    expect(languageOf({})).toBe('en');
  });
});
