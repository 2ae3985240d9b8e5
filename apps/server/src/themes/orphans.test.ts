/** What a crash leaves behind goes; whatever belongs to somebody stays. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ThemeCheck } from '@minori/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { sweepOrphans } from './orphans.ts';
import { createTheme, fill } from './testing/bench.ts';

const DAY = 24 * 3_600_000;
let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
});
afterAll(() => server.close());

test('files that no row names are removed after a day, and nothing else is', async () => {
  const theme = await createTheme(server, alice);
  await fill(server, alice, theme.id, 6);
  const root = join(server.home.images, String(theme.id));
  const stored = async () => (await readdir(root, { recursive: true })).toSorted();
  const whole = await stored();

  // As a crash leaves them: placed, but no row was written; a theme that is gone; a picture half deleted.
  const content = 'a'.repeat(64);
  await mkdir(join(root, 'aa'), { recursive: true });
  const left = [`${content}.png`, `${content}.png.thumb.webp`, `${content}.png.view.webp`];
  for (const name of left) await writeFile(join(root, 'aa', name), 'x');
  const gone = join(server.home.images, '999999', 'bb');
  await mkdir(gone, { recursive: true });
  await writeFile(join(gone, `${'b'.repeat(64)}.jpg`), 'x');
  // Not of ours: somebody else has put it there, and it is left alone.
  await writeFile(join(root, 'aa', 'notes.txt'), 'x');

  const at = (ms: number) => ({ ...server, clock: { ...server.deps.clock, now: () => Date.now() + ms } });
  // What was placed just now may be named by a row in a moment.
  expect(await sweepOrphans(at(0))).toBe(0);
  expect(existsSync(join(root, 'aa', `${content}.png`))).toBe(true);
  // Moved lately, whatever the age of its content.
  await rename(join(gone, `${'b'.repeat(64)}.jpg`), join(gone, `${'c'.repeat(64)}.jpg`));
  expect(await sweepOrphans(at(DAY - 60_000))).toBe(0);

  expect(await sweepOrphans(at(DAY + 60_000))).toBe(4);
  expect(existsSync(join(server.home.images, '999999'))).toBe(false);
  expect((await stored()).filter((name) => !name.startsWith('aa') || whole.includes(name))).toEqual(whole);
  expect(existsSync(join(root, 'aa', 'notes.txt'))).toBe(true);
  const check = await server.json<ThemeCheck>({ url: `/api/v1/themes/${theme.id}/check`, headers: alice.headers });
  expect(check.body.findings.filter(({ code }) => code === 'files_missing')).toEqual([]);
  expect(await sweepOrphans(at(DAY + 60_000))).toBe(0);
});
