/** Queues as a person works through them: a survey of real handwritten digits by the real engine, a planted mistake, a copy. */
import { execFile } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureEngine } from '@minori/engine-env';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { enlargedDigit, writeDigits } from './digits.ts';
import { makeFolder, removeHome, ROOT, startProduct, until, type Product } from './product.ts';
import { axe, openScreen, pictureOf, type Screen, setPassword } from './screen.ts';

const NAMES = ['zero', 'one', 'two'];
const KINDS = NAMES.length;
const EACH = 24;
/** Of each kind: labeled by an import, in the name of somebody else. */
const LABELED = 16;
/** Shows a one and is called a zero. */
const WRONG = '0001.png';
const COPIED = '0002.png';

interface Picture {
  id: number;
  name: string;
  label_id: number | null;
  labeled_by: string | null;
  prelabel: { label_id: number; confidence: number } | null;
}

/** A small network with drawn weights, written by transformers' own classes. */
async function makeEncoder(folder: string): Promise<void> {
  const { python } = await ensureEngine();
  const engine = join(ROOT, 'engine');
  const code = 'import sys, pathlib, tiny_encoders; tiny_encoders.make_encoder("dinov2", pathlib.Path(sys.argv[1]))';
  const env = { ...process.env, PYTHONPATH: [join(engine, 'src'), join(engine, 'tests')].join(':') };
  await promisify(execFile)(python, ['-c', code, folder], { env });
}

let product: Product;
let browser: Browser;
let screen: Screen;
let page: Page;
let themePath = '';
let labels = new Map<string, number>();

const pictures = async (query: string) =>
  (await product.json<{ items: Picture[] }>(`/api${themePath}images/?limit=200&${query}`)).items;
const overview = () =>
  product.json<{
    queues: { name: string; asked: number; waiting: number }[];
    prelabels: number;
    computed_at: string | null;
  }>(`/api/v1/themes/${themePath.split('/')[2]}/queues`);
const waitingIn = async (name: string) => (await overview()).queues.find((queue) => queue.name === name)?.waiting ?? 0;
const open = (query = '') => page.goto(new URL(`${themePath}${query}`, product.connection.url).href);
const chooser = () => page.getByRole('dialog', { name: 'What next?' });
async function choose(name: string): Promise<void> {
  await page.getByRole('button', { name: 'What next?' }).click();
  await chooser().getByRole('button', { name }).click();
  await page.getByRole('region', { name: `Queue: ${name}` }).waitFor();
}

beforeAll(async () => {
  const folder = makeFolder();
  const all = makeFolder();
  // Digits take turns: 0, 1, 2, …, 9, 0, …; the first three of each ten are used.
  const digits = writeDigits(all, EACH).filter(({ digit }) => digit < KINDS);
  const rows = digits.map(({ path, digit }, at) => {
    const name = path.split('/').at(-1) ?? '';
    copyFileSync(path, join(folder, name));
    const label = at < LABELED * KINDS ? (name === WRONG ? 'zero' : (NAMES[digit] ?? '')) : '';
    return `${name},${label},${label === '' ? '' : 'hanako'}`;
  });
  writeFileSync(join(folder, 'copy.png'), enlargedDigit(2, 0));
  writeFileSync(join(folder, 'labels.csv'), ['path,label,labeled_by', ...rows, 'copy.png,one,hanako', ''].join('\n'));
  [product, browser] = await Promise.all([startProduct({ home: makeFolder() }), launchBrowser()]);
  const imported = await product.cli('--json', 'theme', 'import', folder, '--name', 'Digits', '--format', 'csv');
  if (imported.code !== 0) throw new Error(`${imported.stdout}\n${imported.stderr}`);
  themePath = `/theme/${(JSON.parse(imported.stdout) as { theme_id: number }).theme_id}/`;
  const { items } = await product.json<{ items: { id: number; label_name: string }[] }>(`/api${themePath}labels/`);
  labels = new Map(items.map(({ id, label_name: name }) => [name, id]));
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

test('the page offers a survey, shows how far it is, and the queues fill', async () => {
  await open();
  await page.getByRole('button', { name: 'What next?' }).click();
  await chooser().getByText('It changes no label.').waitFor();
  expect(await chooser().getByRole('button', { name: 'Most different first' }).isDisabled()).toBe(true);
  await chooser().getByRole('button', { name: 'Survey the pictures' }).click();
  await chooser().getByRole('progressbar', { name: 'Progress of the survey' }).waitFor();
  // The engine begins cold, maybe on a busy machine.
  await chooser().getByText('Nothing has changed since.').waitFor({ timeout: 170_000 });
  const { queues, prelabels } = await overview();
  const unlabeled = (EACH - LABELED) * KINDS;
  expect(queues.find(({ name }) => name === 'uncertain')).toMatchObject({ asked: unlabeled, waiting: unlabeled });
  expect(prelabels).toBe(unlabeled);
  await chooser()
    .getByRole('button', { name: `Uncertain ${unlabeled} wait` })
    .waitFor();
  const { violations } = await axe(page).include('[role=dialog]').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.keyboard.press('Escape');
});

test('the planted mistake is among the suspicious labels; one key keeps, one takes the proposal', async () => {
  const doubted = await pictures('queue=suspicious&waiting=true');
  const wrong = doubted.find(({ name }) => name === WRONG);
  expect(wrong?.prelabel?.label_id).toBe(labels.get('one'));
  await choose('Suspicious labels');
  await page.getByRole('option').first().waitFor();
  for (const picture of doubted) await page.keyboard.press(picture.name === WRONG ? 'a' : 'k');
  await until('nothing waits', async () => (await waitingIn('suspicious')) === 0, 20);
  await page.getByText('Done: nothing waits in this queue.').waitFor();
  const [mended] = await pictures(`q=${WRONG}`);
  expect(mended).toMatchObject({ label_id: labels.get('one'), labeled_by: 'admin', label_source: 'prelabel' });
  // Asked again, nobody is bothered with what was kept.
  await page.getByRole('button', { name: 'Leave the queue' }).click();
  expect(await pictures('queue=suspicious&waiting=true')).toEqual([]);
});

test('a queue goes on by itself, and its progress is told', async () => {
  await choose('Uncertain');
  const [first] = await pictures('queue=uncertain&waiting=true');
  await page.getByRole('option', { selected: false }).first().waitFor();
  expect(await page.getByRole('option').first().getAttribute('title')).toBe(first?.name);
  await page.keyboard.press('3');
  await page.keyboard.press('3');
  await page.getByText(`2 of ${(EACH - LABELED) * KINDS} done`).waitFor();
  await page.keyboard.press('z');
  await page.getByText(`1 of ${(EACH - LABELED) * KINDS} done`).waitFor();
  await page.keyboard.press('z');
  await page.getByRole('button', { name: 'Leave the queue' }).click();
});

test('proposals stand on the tiles: one is refused, all others are accepted and taken back', async () => {
  await open('?state=unlabeled');
  const before = await pictures('proposed=0.3');
  const slider = page.getByRole('slider', { name: 'At least this sure' });
  await slider.press('Home');
  await page.getByRole('button', { name: `Accept all ${before.length}` }).waitFor();
  await page.getByRole('option').first().click();
  await page.getByRole('dialog').getByText('Proposed:').waitFor();
  await page.keyboard.press('d');
  await until('it is refused', async () => (await pictures('proposed=0.3')).length === before.length - 1, 20);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: `Accept all ${before.length - 1}` }).click();
  await page.getByText(`${before.length - 1} proposals accepted.`).waitFor();
  const labeled = (await pictures('state=labeled')).filter(({ labeled_by: by }) => by === 'admin');
  expect(labeled.length).toBe(before.length);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText(`Undone for ${before.length - 1} pictures.`).waitFor();
  expect((await pictures('proposed=0.3')).length).toBe(before.length - 1);
});

test('copies stand side by side with what is wrong about them', async () => {
  await choose('Near-duplicates');
  const group = page.getByRole('article').filter({ hasText: 'copy.png' });
  await group.getByText(COPIED).waitFor();
  await group.getByText(/Same picture, different labels/).waitFor();
  await group.getByRole('button', { name: 'All are two' }).click();
  await group.getByText(/Same picture, different labels/).waitFor({ state: 'detached' });
  await group.getByRole('button', { name: 'Leave as it is' }).click();
  await group.getByText('stays as it is').waitFor();
  await until(
    'it is kept',
    async () => !(await pictures('queue=duplicates&waiting=true')).some(({ name }) => name === 'copy.png'),
  );
});

test('who differs is told, with a yardstick, and the pictures are one click away', async () => {
  await open('agreement/');
  await page.getByRole('heading', { name: 'Where people differ' }).waitFor();
  await page.getByRole('row', { name: /admin · hanako/ }).waitFor();
  const { violations } = await axe(page).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await page.getByRole('link', { name: 'Go through the open ones' }).click();
  await page.getByRole('region', { name: 'Queue: Where people differ' }).waitFor();
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('k');
  await page.getByText('Done: nothing waits in this queue.').waitFor();
});

test('another encoder is put into the home and chosen by its folder; the next survey stands on it', async () => {
  const folder = join(product.home, 'models', 'encoders');
  const before = await product.cli('theme', 'encoder', 'Digits');
  expect(before.stdout).toMatch(/^\* +efficientnet_lite0/m);
  expect(before.stderr).toContain(folder);
  expect(await product.cli('theme', 'encoder', 'Digits', '--use', 'tiny')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('There is no encoder tiny'),
  });

  await makeEncoder(join(folder, 'tiny'));
  const chosen = await product.cli('theme', 'encoder', 'Digits', '--use', 'tiny');
  expect(chosen.code, chosen.stderr).toBe(0);
  expect(chosen.stdout).toMatch(/^\* +tiny +dinov2/m);
  expect(chosen.stdout).toMatch(/^ +efficientnet_lite0/m);
  const survey = await product.cli('--json', 'theme', 'survey', 'Digits');
  expect(survey.code, survey.stderr).toBe(0);
  const { run, encoder_changed: changed } = JSON.parse(survey.stdout) as {
    run: { id: number };
    encoder_changed: boolean;
  };
  expect(changed).toBe(false);
  const { run: of } = await product.json<{ run: { metrics: object } }>(`/api/v1/runs/${run.id}`);
  expect(of.metrics).toMatchObject({ images: EACH * KINDS + 1, new: EACH * KINDS + 1, looked: 0 });
  expect((await product.cli('theme', 'encoder', 'Digits', '--use', 'efficientnet_lite0')).stdout).toMatch(
    /^\* +efficientnet_lite0/m,
  );
});

test('the verbs see the same queues, and no script failed on the way', async () => {
  const answer = await product.cli('--json', 'theme', 'queue', 'Digits', '--kind', 'random');
  expect(answer.code).toBe(0);
  const { items } = JSON.parse(answer.stdout) as { items: Picture[] };
  expect(items.map(({ id }) => id)).toEqual((await pictures('queue=random&waiting=true')).map(({ id }) => id));
  expect(screen.errors).toEqual([]);
});
