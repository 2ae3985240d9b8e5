/** Pictures and labels on their way in and out, by browser alone: folders, archives, tables, a lost connection, hostile files. */
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { numberedPng, pngFrame, zipOf } from '@minori/images/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { darkerDigit, writeDigits } from './digits.ts';
import { makeFolder, removeHome, startProduct, type Product } from './product.ts';
import { axe, openScreen, pictureOf, type Screen, setPassword } from './screen.ts';

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

let product: Product;
let browser: Browser;
let screen: Screen;
let page: Page;
/** A folder per digit. */
let folder: string;

interface Statistics {
  total: number;
  labeled: number;
  labels: { label_id: number; label_name: string; count: number }[];
  splits: Record<string, number>;
}
const statistics = (theme: number) => product.json<Statistics>(`/api/theme/${theme}/statistics/`);
const counts = async (theme: number) =>
  Object.fromEntries((await statistics(theme)).labels.map(({ label_name: name, count }) => [name, count]));
const themeOf = async (name: string, labels: string[] = []) =>
  (await product.json<{ id: number }>('/api/theme/create/', { name, labels })).id;
const visit = async (path: string) => {
  await page.goto(new URL(path, product.connection.url).href);
};
const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });
const closeNote = () => page.getByRole('button', { name: 'Close' }).first().click();

beforeAll(async () => {
  folder = join(makeFolder(), 'digits');
  for (const { path, digit } of writeDigits(folder, 30)) {
    const target = join(folder, WORDS[digit] ?? '', basename(path));
    mkdirSync(dirname(target), { recursive: true });
    renameSync(path, target);
  }
  [product, browser] = await Promise.all([startProduct({ home: makeFolder() }), launchBrowser()]);
  screen = await openScreen(browser);
  page = screen.page;
  await setPassword(page, product.setupLink());
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await pictureOf(page, task.name);
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product !== undefined) await removeHome(product.home);
});

test('a folder says which labels it would make; the connection is lost midway, and it goes on by itself', async () => {
  const theme = await themeOf('Digits', ['zero']);
  await visit(`/theme/${theme}/`);
  await page.getByTestId('folder-input').setInputFiles(folder);
  const dialog = page.getByRole('dialog', { name: 'Import digits' });
  await dialog.getByText('300 pictures', { exact: true }).waitFor();
  await dialog.getByText(/^9 new labels will be made: /).waitFor();
  // One of them is another word for a label that there is.
  await dialog.getByRole('combobox', { name: 'Label of this theme for “nine”' }).click();
  await page.getByRole('option', { name: 'zero', exact: true }).click();
  await dialog.getByText(/^8 new labels will be made: /).waitFor();
  const { violations } = await axe(page).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)).toEqual([]);

  // The first batch arrives, the second one is on its way for long, and then finds no network.
  let sent = 0;
  const { promise: slow, resolve: lose } = Promise.withResolvers<void>();
  await page.route('**/images/upload/**', async (route) => {
    sent += 1;
    if (sent === 2) await slow;
    await route.continue().catch(() => null);
  });
  await dialog.getByRole('button', { name: 'Import 300 pictures with their labels' }).click();
  await page.getByText(/^100 of 300 files/).waitFor();
  // Another page of the app changes nothing; closing the tab would, and asks first.
  await page.getByTitle('To the home page').click();
  await page.getByRole('heading', { name: /Hello/ }).waitFor();
  await page.getByRole('button', { name: 'Running work: 1' }).click();
  await page.getByText('On their way. Keep this tab open.').waitFor();
  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const question = await asked;
  expect(question.type()).toBe('beforeunload');
  await question.dismiss();
  await page.context().setOffline(true);
  lose();
  await page.getByText('The server does not answer. This goes on by itself.').waitFor();
  await page.unroute('**/images/upload/**');
  expect((await statistics(theme)).total).toBeLessThan(300);
  await page.context().setOffline(false);
  await page.getByText('Sent: open to see what came of it').waitFor();
  await page.getByRole('link', { name: 'Pictures for “Digits”' }).click();
  await page.getByText('All files were sent.').waitFor();
  expect(await counts(theme)).toEqual({ ...Object.fromEntries(WORDS.slice(1, 9).map((w) => [w, 30])), zero: 60 });

  // The same folder again, dropped on the page from outside: everything is known, nothing is doubled.
  await closeNote();
  const mouse = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await mouse.send('Input.dispatchDragEvent', { type, x: 640, y: 500, data });
  await dialog.getByText('300 pictures', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Without labels' }).click();
  await page.getByText('New: 0 · there already: 300 · not taken: 0').waitFor();
});

test('an archive with splits comes in as it says, and over a lost connection too', async () => {
  const theme = await themeOf('Archive');
  await visit(`/theme/${theme}/`);
  const zip = zipOf({
    'train/bolt/1.png': numberedPng(1),
    'train/nut/2.png': numberedPng(2),
    'val/bolt/3.png': numberedPng(3),
    'test/nut/4.png': numberedPng(4),
    // The same picture twice, to the eye: once to learn from, once to be tested by.
    'train/bolt/5.png': readFileSync(join(folder, 'three', '0003.png')),
    'test/nut/6.png': darkerDigit(3, 0),
    'test/nut/broken.png': numberedPng(5).subarray(0, 90),
    '../evil.png': numberedPng(6),
  });
  let cut = false;
  await page.route('**/api/v1/uploads/*?**', async (route) => {
    if (cut) return route.continue();
    cut = true;
    return route.abort('internetdisconnected');
  });
  await page.getByTestId('picture-input').setInputFiles(file('parts.zip', zip));
  const dialog = page.getByRole('dialog', { name: 'Import parts.zip' });
  await dialog.getByText('7 pictures', { exact: true }).waitFor();
  expect(cut).toBe(true);
  await dialog.getByText('Splits as the source says: Training 3, Validation 1, Test 3').waitFor();
  await dialog.getByText('../evil.png The name leads outside the archive.').waitFor();
  await dialog.getByRole('button', { name: 'Import 7 pictures with their labels' }).click();
  await page.getByText(/New: 6 · there already: 0 · not taken: 2 · labeled: 6/).waitFor();
  expect(await page.locator('details li').allTextContents()).toEqual([
    'test/nut/broken.png The picture is damaged or cut short.',
    '../evil.png The name leads outside the archive.',
  ]);
  await page.getByText('2 pictures look the same as one in another split').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the list' }).click();
  expect(readFileSync(await (await download).path(), 'utf8')).toContain('"The picture is damaged or cut short."');
  expect((await statistics(theme)).splits).toMatchObject({ train: 3, valid: 1, test: 2 });
});

test('a table alone labels what is there, once somebody has said what its columns are', async () => {
  const theme = await themeOf('Table', ['cat']);
  const form = new FormData();
  for (const at of [1, 2, 3]) form.append('images', new Blob([new Uint8Array(numberedPng(30 + at))]), `${at}.png`);
  await product.call(`/api/theme/${theme}/images/upload/`, { method: 'POST', body: form });
  await visit(`/theme/${theme}/data/`);
  await page
    .getByTestId('picture-input')
    .setInputFiles(file('labels.csv', Buffer.from('Datei;Klasse\n1.png;cat\n2.png;dog\n9.png;dog\n')));
  const dialog = page.getByRole('dialog', { name: 'Import labels.csv' });
  await dialog.getByText('Say which column names the picture').waitFor();
  for (const [field, column] of [
    ['File name', 'Datei'],
    ['Label', 'Klasse'],
  ] as const) {
    await dialog.getByRole('combobox', { name: field, exact: true }).click();
    await page.getByRole('option', { name: column, exact: true }).click();
  }
  await dialog.getByText('Labels for 2 pictures of this theme').waitFor();
  await dialog.getByText('1 line names no picture of this theme.').waitFor();
  await dialog.getByText('1 new label will be made: dog').waitFor();
  await dialog.getByRole('button', { name: 'Give these labels' }).click();
  await page.getByText(/labeled: 2/).waitFor();
  expect(await counts(theme)).toEqual({ cat: 1, dog: 1 });
});

test('hostile files are refused one by one, each with its reason; the rest comes in', async () => {
  const theme = await themeOf('Hostile');
  await visit(`/theme/${theme}/`);
  const png = numberedPng(60);
  const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0000b080010001001011100', 'hex');
  const long = `${'n'.repeat(300)}.png`;
  await page
    .getByTestId('picture-input')
    .setInputFiles([
      file('flood.png', pngFrame(60_000, 60_000, Buffer.alloc(40))),
      file('polyglot.png', Buffer.concat([png, zipOf({ 'run.sh': Buffer.from('echo') })])),
      file('cut.jpg', jpeg),
      file('script.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')),
      file('empty.png', Buffer.alloc(0)),
      file('page.png', Buffer.from('<html><script>alert(1)</script></html>')),
      file('moving.gif', Buffer.from('GIF89a\u0001\u0000\u0001\u0000', 'latin1')),
      file(long, numberedPng(61)),
      file('🐈 <b>.png', numberedPng(62)),
    ]);
  await page.getByText('New: 2 · there already: 0 · not taken: 7').waitFor();
  expect((await page.locator('details li').allTextContents()).toSorted()).toEqual([
    'cut.jpg The picture is damaged or cut short.',
    'empty.png The file is empty.',
    'flood.png The picture has more than 144 million pixels.',
    'moving.gif This format is not supported. Save it as JPEG, PNG, WebP or TIFF.',
    'page.png The file is not a picture.',
    'polyglot.png Something that is no picture is hidden behind the picture.',
    'script.svg SVG drawings are not taken, since they can contain programs. Save it as PNG.',
  ]);
  await closeNote();
  // An archive that unpacks to far more than it says it holds is refused as a whole.
  const bomb = zipOf({ 'a.png': Buffer.alloc(1000) });
  bomb.writeUInt32LE(3_000_000_000, bomb.indexOf(Buffer.from('504b0102', 'hex')) + 24);
  await page.getByTestId('picture-input').setInputFiles(file('bomb.zip', bomb));
  await page.getByText('The archive unpacks to far more than pictures would, and was refused.').waitFor();
  await closeNote();
  await page.getByTestId('picture-input').setInputFiles(file('no.zip', Buffer.from('not a zip')));
  await page.getByText('The file is no zip archive, or only a part of one.').waitFor();
  expect((await statistics(theme)).total).toBe(2);
});

test('the sample is one click away; versions, differences, the check and exports are on its page', async () => {
  await visit('/');
  await page.getByRole('navigation', { name: 'Main pages' }).getByRole('link', { name: 'Images' }).click();
  await page.getByRole('button', { name: 'Try a sample: shapes' }).click();
  await page.waitForURL(/\/theme\/\d+\/$/);
  const theme = Number(/\/theme\/(\d+)\//.exec(page.url())?.[1]);
  expect(await counts(theme)).toEqual({ circle: 40, square: 40, triangle: 40 });
  await page.getByRole('link', { name: 'Data in and out' }).click();
  await page.getByText('120 pictures have no split yet').waitFor();
  await page.getByRole('button', { name: 'Keep as a version' }).click();
  await page.getByText('Version 1 was made.').waitFor();
  const { items } = await product.json<{ items: { id: number; label_id: number }[] }>(
    `/api/theme/${theme}/images/?limit=1`,
  );
  const other = (await statistics(theme)).labels.find(({ label_id: id }) => id !== items[0]?.label_id);
  await product.json(`/api/theme/${theme}/label/update/`, { image_id: items[0]?.id, label_id: other?.label_id });
  await page.getByRole('button', { name: 'Compare version 1' }).click();
  const difference = page.getByRole('region', { name: 'Since version 1' });
  await difference.getByRole('row').nth(1).waitFor();
  expect(await difference.getByText('Relabeled').locator('xpath=following-sibling::dd').textContent()).toBe('1');
  const manifest = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the manifest of version 1' }).click();
  expect(
    readFileSync(await (await manifest).path(), 'utf8')
      .trim()
      .split('\n'),
  ).toHaveLength(120);
  const labels = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Labels only (CSV)' }).click();
  expect(readFileSync(await (await labels).path(), 'utf8').split('\n')[0]).toBe(
    'path,label,split,group,labeled_by,sha256',
  );
});

test('an administrator finds themes of everybody and archives one', async () => {
  await visit('/admin/?tab=themes');
  await page.getByRole('textbox', { name: 'Find by name' }).fill('Hostile');
  await page.getByText('1 in all projects').waitFor();
  await page.getByRole('checkbox', { name: 'Choose Hostile' }).check();
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
  await page.getByText('Done for 1.').waitFor();
  const { items } = await product.json<{ items: { name: string }[] }>('/api/v1/themes');
  expect(items.map(({ name }) => name)).not.toContain('Hostile');
});

test('no script failed on the way', () => {
  expect(screen.errors).toEqual([]);
});
