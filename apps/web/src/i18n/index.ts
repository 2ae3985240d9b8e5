import i18next, { type TFunction } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from './en.json';

export const LANGUAGES = ['ja', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
const STORED = 'minori.language';

const isLanguage = (value: unknown): value is Language => value === 'ja' || value === 'en';

/** The person's choice, else the browser's, else English. */
export function preferredLanguage(stored: string | null, browser: readonly string[]): Language {
  if (isLanguage(stored)) return stored;
  for (const tag of browser) {
    const base = tag.slice(0, 2).toLowerCase();
    if (isLanguage(base)) return base;
  }
  return 'en';
}

const catalogues: Record<Language, () => Promise<{ default: typeof en }>> = {
  ja: () => import('./ja.json'),
  en: () => import('./en.json'),
};

/** Texts that the CLI and reports share with these pages live in the contract. */
const shared = import.meta.glob<{ default: object }>('../../../../packages/contract/src/texts/*.json');

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'translation')) return;
  const jobs = Object.entries(shared).flatMap(([path, read]) => {
    const [, namespace, tag] = /([\w-]+)\.(\w+)\.json$/.exec(path) ?? [];
    if (namespace === undefined || tag !== language) return [];
    return [read().then((texts) => i18next.addResourceBundle(language, namespace, texts.default))];
  });
  const [{ default: texts }] = await Promise.all([catalogues[language](), ...jobs]);
  i18next.addResourceBundle(language, 'translation', texts);
}

export async function startI18n(): Promise<void> {
  const language = preferredLanguage(localStorage.getItem(STORED), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await load(language);
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}

export async function setLanguage(language: Language): Promise<void> {
  await load(language);
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}

export const currentLanguage = (): Language => (isLanguage(i18next.language) ? i18next.language : 'en');

/** For keys that are put together from codes at run time; a missing one falls back to the code itself. */
export function textOf(t: TFunction, key: string, fallback: string, params: Record<string, unknown> = {}): string {
  const loose = t as unknown as (key: string, options: Record<string, unknown>) => string;
  return loose(key, { ...params, defaultValue: fallback });
}
