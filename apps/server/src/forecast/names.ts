import modelsEn from '@minori/contract/texts/models.en.json' with { type: 'json' };
import modelsJa from '@minori/contract/texts/models.ja.json' with { type: 'json' };

type Names = Readonly<Record<string, { name: string; description: string }>>;
const NAMES: Readonly<Record<'ja' | 'en', Names>> = { ja: modelsJa, en: modelsEn };

/** A family's name in a language; its id when it has none. */
export function familyName(language: 'ja' | 'en', family: string): string {
  return Object.hasOwn(NAMES[language], family) ? (NAMES[language][family]?.name ?? family) : family;
}
