import { expect, test } from 'vitest';
import { saneLanguage } from './sane-language.ts';

test('a language that Intl refuses reads as English', () => {
  expect(saneLanguage('en-US@posix')).toBe('en-US');
  expect(saneLanguage('ja-JP')).toBe('ja-JP');
});
