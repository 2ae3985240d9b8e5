/** Sentences in the person's language; codes are worded from the texts that the web reads too. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Language = 'ja' | 'en';
type Tree = { [key: string]: string | Tree };

/** LC_ALL, LC_MESSAGES, LANG, as a shell decides it; `--lang` goes before. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const named = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return named.toLowerCase().startsWith('ja') ? 'ja' : 'en';
}

function readTree(path: string): Tree {
  return JSON.parse(readFileSync(path, 'utf8')) as Tree;
}

const shared = ['problems', 'ingest', 'plan', 'models'] as const;

function load(language: Language): Record<string, Tree> {
  const trees: Record<string, Tree> = {
    cli: readTree(fileURLToPath(new URL(`./texts/${language}.json`, import.meta.url))),
  };
  for (const name of shared) {
    trees[name] = readTree(fileURLToPath(import.meta.resolve(`@minori/contract/texts/${name}.${language}.json`)));
  }
  return trees;
}

function plain(value: unknown, language: Language): string {
  if (typeof value === 'number') return new Intl.NumberFormat(language, { maximumSignificantDigits: 6 }).format(value);
  if (Array.isArray(value)) return value.map((item) => plain(item, language)).join(language === 'ja' ? '、' : ', ');
  if (value !== null && typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** `{{name}}` -> params.name, as i18next does it. */
export function interpolate(text: string, params: Readonly<Record<string, unknown>>, language: Language): string {
  return text.replaceAll(/\{\{\s*(\w+)[^}]*\}\}/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? plain(params[name], language) : whole,
  );
}

export interface Texts {
  readonly language: Language;
  /** A sentence of the command line's own. */
  say(key: string, params?: Readonly<Record<string, unknown>>): string;
  /** The wording of a code in one of the shared files; null when there is none. */
  word(
    file: (typeof shared)[number],
    path: readonly string[],
    params?: Readonly<Record<string, unknown>>,
  ): string | null;
}

export function createTexts(language: Language): Texts {
  const trees = load(language);
  const find = (file: string, path: readonly string[]): string | null => {
    let node: string | Tree | undefined = trees[file];
    for (const key of path) {
      if (node === undefined || typeof node === 'string' || !Object.hasOwn(node, key)) return null;
      node = node[key];
    }
    return typeof node === 'string' ? node : null;
  };
  return {
    language,
    say(key, params = {}) {
      const text = find('cli', key.split('.'));
      if (text === null) throw new Error(`no text '${key}' in ${language}`);
      return interpolate(text, params, language);
    },
    word(file, path, params = {}) {
      const text = find(file, path);
      return text === null ? null : interpolate(text, params, language);
    },
  };
}
