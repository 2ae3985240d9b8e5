import { problemText } from '@minori/contract/texts';
import { expect, test } from 'vitest';
import { DATABASE_PROBLEM_CODES, databaseProblem, folderProblem } from './problems.ts';

test('every problem is worded in both languages', () => {
  for (const locale of ['ja', 'en'] as const) {
    for (const code of DATABASE_PROBLEM_CODES) {
      expect(problemText(locale, code, {}), `${locale} ${code}`).not.toBe(code);
    }
  }
});

test('a full disk and a folder without permission are named as such', () => {
  expect(databaseProblem('postgres_init_failed', { path: '/home' }, 'initdb: No space left on device')).toMatchObject({
    code: 'disk_full',
    params: { path: '/home' },
  });
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(folderProblem(denied, '/home')).toMatchObject({ code: 'home_unreachable', params: { path: '/home' } });
  const bug = new TypeError('x');
  expect(folderProblem(bug, '/home')).toBe(bug);
});
