/**
 * Chrome under LANG=C calls its language `en-US@posix`. Intl refuses that name, and uPlot asks Intl
 * for it the moment it is loaded: so this module is imported before it.
 */
export function saneLanguage(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? 'en-US';
  } catch {
    return 'en-US';
  }
}

if (typeof navigator !== 'undefined') {
  const sane = saneLanguage(navigator.language);
  if (sane !== navigator.language) Object.defineProperty(navigator, 'language', { value: sane, configurable: true });
}
