/** Sentences for a terminal: one each, in the reader's language, saying what to do. */
import { problemText } from '@minori/contract/texts';
import type { Locale } from '@minori/contract/texts';
import type { Environment } from './config.ts';
import { setupProblem } from '../setup/steps.ts';

export function localeOf(env: Environment): Locale {
  return (env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '').startsWith('ja') ? 'ja' : 'en';
}

/** What went wrong and what to do, with the code that the guide explains. */
export function sentence(locale: Locale, error: unknown): string {
  const { code, params } = setupProblem(error);
  return `${problemText(locale, code, params)} [${code}]`;
}

export const SAY = {
  en: {
    listening: (url: string) => `Minori is at ${url}`,
    firstAdmin: (link: string) => `Set the administrator's password here (works once, for 30 minutes): ${link}`,
    ready: 'Ready.',
    stopping: 'Stopping ...',
    restored: (file: string) => `Restored from ${file}.`,
    step: { web: 'Pages', database: 'Database', migrations: 'Database layout', engine: 'Engine', host: 'Engine start' },
  },
  ja: {
    listening: (url: string) => `Minori のアドレス: ${url}`,
    firstAdmin: (link: string) => `管理者のパスワードをここで決めてください（1 回だけ、30 分間有効）: ${link}`,
    ready: '準備ができました。',
    stopping: '終了しています ...',
    restored: (file: string) => `${file} から復元しました。`,
    step: {
      web: '画面',
      database: 'データベース',
      migrations: 'データベースの構成',
      engine: '計算エンジン',
      host: '計算エンジンの起動',
    },
  },
} as const;
