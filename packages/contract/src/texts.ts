/** Words for codes. Placeholders are `{{name}}`, as the web app's translator writes them. */
import notesEn from './texts/notes.en.json' with { type: 'json' };
import notesJa from './texts/notes.ja.json' with { type: 'json' };
import en from './texts/problems.en.json' with { type: 'json' };
import ja from './texts/problems.ja.json' with { type: 'json' };

export type Locale = 'ja' | 'en';

const PROBLEMS: Readonly<Record<Locale, Readonly<Record<string, string>>>> = { ja, en };

/** The sentence of a problem code; a code without one answers itself, which a test forbids for ours. */
export function problemText(locale: Locale, code: string, params: Readonly<Record<string, unknown>> = {}): string {
  const text = Object.hasOwn(PROBLEMS[locale], code) ? PROBLEMS[locale][code] : undefined;
  return text === undefined ? code : fillIn(text, params);
}

const NOTES: Readonly<Record<Locale, Readonly<Record<string, string>>>> = { ja: notesJa, en: notesEn };

/** What a trial noted about its data; the code and its values where there are no words for it. */
export function noteText(locale: Locale, code: string, params: Readonly<Record<string, unknown>>): string {
  const text = Object.hasOwn(NOTES[locale], code) ? NOTES[locale][code] : undefined;
  return text === undefined ? `${code} ${JSON.stringify(params)}` : fillIn(text, params);
}

/** Replaces `{{name}}`; what is missing becomes `?`. Values are text, never markup: escape where you print. */
export function fillIn(text: string, params: Readonly<Record<string, unknown>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_match, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    return value === undefined || value === null
      ? '?'
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  });
}
