/** Preparing pictures as a person does it: a slider moves, the file and the preview follow; a mistake has a line; versions come back. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { writeDigits } from './digits.ts';
import { makeFolder, removeHome, startProduct, until, type Product } from './product.ts';
import { axe, openScreen, pictureOf, type Screen, setPassword } from './screen.ts';

let product: Product;
let browser: Browser;
let screen: Screen;
let page: Page;
let digits: string;
let themeId: number;

const yaml = () => page.getByRole('textbox', { name: /\.yaml as text$/ });
/** The bytes of a preview picture, once there is one. */
const shown = async (name: string | RegExp) =>
  page.getByRole('region', { name: 'Preview' }).getByRole('img', { name }).getAttribute('src');
const settings = (tab: string) => new URL(`/theme/${themeId}/settings/?tab=${tab}`, product.connection.url).href;

beforeAll(async () => {
  digits = join(makeFolder(), 'digits');
  writeDigits(digits, 1);
  [product, browser] = await Promise.all([startProduct({ home: makeFolder() }), launchBrowser()]);
  screen = await openScreen(browser);
  page = screen.page;
  await setPassword(page, product.setupLink());
  const { stdout } = await product.cli('--json', 'theme', 'import', digits, '--name', 'Digits');
  themeId = (JSON.parse(stdout) as { theme_id: number }).theme_id;
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await pictureOf(page, task.name);
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product !== undefined) await removeHome(product.home);
});

test('gamma changes by form: the file and the preview follow; a mistake is told with its line', async () => {
  await page.goto(settings('preprocessing'));
  await page.getByRole('button', { name: 'Add to Steps' }).click();
  await page.getByRole('menuitem', { name: /^Gamma/ }).click();
  const before = await until('gamma 1 is drawn', () => shown('1. Gamma'));
  await page.getByLabel('Gamma', { exact: true }).fill('0.4');
  await until('the file follows', async () => (await yaml().inputValue()).includes('gamma: 0.4'));
  await until('the preview follows', async () => (await shown('1. Gamma')) !== before);

  const good = await yaml().inputValue();
  await yaml().fill(good.replace('gamma: 0.4', 'gamma: bright'));
  const line = good.split('\n').findIndex((text) => text.includes('gamma: 0.4')) + 1;
  await page.getByRole('button', { name: `Line ${line} preprocessing.steps.0.gamma A number is expected.` }).waitFor();
  expect(await page.getByRole('button', { name: 'Save as a new version' }).isDisabled()).toBe(true);
  await yaml().fill(good.replace('gamma: 0.4', 'gamma: [0.4'));
  await page.getByText('The text beside cannot be read yet.').waitFor();
  await yaml().fill(good.replace('gamma: 0.4', 'gamma: 0.5 # by eye'));
  expect(await page.getByLabel('Gamma', { exact: true }).inputValue()).toBe('0.5');
  const { violations } = await axe(page).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  expect(screen.errors).toEqual([]);
});

test('each save is a version with author and difference, and an old one comes back', async () => {
  await page.getByLabel('What changed, in a few words').fill('dark corners');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  const versions = page.getByRole('region', { name: 'Versions of params.yaml' });
  await versions.getByText('dark corners').waitFor();
  await page.getByLabel('Gamma', { exact: true }).fill('2');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await versions.getByText('Version 2').waitFor();
  await versions.getByRole('button', { name: 'Difference' }).first().click();
  const difference = page.getByRole('group', { name: 'What version 2 changed in version 1' });
  await difference.getByText('+ gamma: 2 # by eye'.replace('+ ', '')).waitFor();
  expect(await difference.innerText()).toMatch(/− .*gamma: 0\.5 # by eye[\s\S]*\+ .*gamma: 2 # by eye/);
  await versions.getByRole('button', { name: 'Restore' }).click();
  await versions.getByText('Version 3').waitFor();
  await versions.getByText('Version 1 again').waitFor();
  expect(await yaml().inputValue()).toContain('gamma: 0.5 # by eye');
});

test('augmentation changes by form and by text; it is saved, compared and restored, and the preview follows', async () => {
  await page.goto(settings('augmentation'));
  await page.getByRole('button', { name: 'Add to Training' }).click();
  await page.getByRole('menuitem', { name: /^Rotate/ }).click();
  const before = await until('training is drawn', () => shown('Training 1'));
  await page.getByLabel('Angle (±°)', { exact: true }).fill('90');
  await until('the file follows', async () => (await yaml().inputValue()).includes('limit: 90'));
  await page.getByLabel('Probability', { exact: true }).fill('1');
  await until('the preview follows', async () => ![null, before].includes(await shown('Training 1')));

  const good = await yaml().inputValue();
  await yaml().fill(good.replace('name: Rotate', 'name: Rotat'));
  const line = good.split('\n').findIndex((text) => text.includes('name: Rotate')) + 1;
  await page.getByRole('button', { name: new RegExp(`^Line ${line} train\\.0\\.name .*Rotat`) }).waitFor();
  expect(await page.getByRole('button', { name: 'Save as a new version' }).isDisabled()).toBe(true);
  await yaml().fill(good.replace('limit: 90', 'limit: 45'));
  expect(await page.getByLabel('Angle (±°)', { exact: true }).inputValue()).toBe('45');

  const save = page.getByRole('button', { name: 'Save as a new version' });
  const versions = page.getByRole('region', { name: 'Versions of auguments.yaml' });
  await save.click();
  await versions.getByText('Version 1').waitFor();
  await page.getByLabel('Angle (±°)', { exact: true }).fill('10');
  await save.click();
  await versions.getByText('Version 2').waitFor();
  await versions.getByRole('button', { name: 'Difference' }).first().click();
  const difference = page.getByRole('group', { name: 'What version 2 changed in version 1' });
  await difference.getByText('limit: 10').waitFor();
  expect(await difference.innerText()).toMatch(/− .*limit: 45[\s\S]*\+ .*limit: 10/);
  await versions.getByRole('button', { name: 'Restore' }).click();
  await versions.getByText('Version 1 again').waitFor();
  expect(await yaml().inputValue()).toContain('limit: 45');
});

test('an own step begins with the template, shows in the form and is drawn; Escape closes what lies above first', async () => {
  const addOwn = async () => {
    await page.goto(settings('preprocessing'));
    await page.getByRole('button', { name: 'Add to Steps' }).click();
    await page.getByRole('menuitem', { name: /^Own step/ }).click();
  };
  await addOwn();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the template' }).click();
  const template = await (await download).path();
  const { folder } = await product.json<{ folder: string }>('/api/v1/image-tools');
  mkdirSync(folder, { recursive: true });
  copyFileSync(template, join(folder, 'edges.py'));

  await addOwn();
  await page.getByRole('combobox', { name: 'File' }).click();
  await page.getByRole('option', { name: 'edges' }).click();
  await until('the file follows', async () => /plugin: "?edges/.test(await yaml().inputValue()));
  const before = await until('the own step is drawn', () => shown('2. Own step'));
  expect(before).not.toBe(await shown('1. Gamma'));
  await page.getByLabel('amount', { exact: true }).fill('5');
  await until('the preview follows', async () => ![null, before].includes(await shown('2. Own step')));

  const { items } = await product.json<{ items: { id: number }[] }>(`/api/theme/${themeId}/images/?limit=1`);
  await page.goto(new URL(`/theme/${themeId}/?image=${items[0]?.id}`, product.connection.url).href);
  const large = page.getByRole('dialog', { name: /\.png/ });
  await large.getByRole('button', { name: 'What the model sees' }).click();
  await page.getByRole('button', { name: 'Enlarge: 1. Gamma' }).click();
  const enlarged = page.getByRole('dialog', { name: /^1\. Gamma/ });
  await enlarged.waitFor();
  await page.keyboard.press('Escape');
  await enlarged.waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Enlarge: 1. Gamma' }).waitFor({ state: 'detached' });
  expect(await large.isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  await large.waitFor({ state: 'detached' });
  expect(screen.errors).toEqual([]);
});

test("the command line draws the documents' pictures of the theme and of a folder", async () => {
  const out = makeFolder();
  const { code, stdout, stderr } = await product.cli(
    '--json',
    'visualize',
    'preprocessing',
    '--theme-id',
    String(themeId),
    '--out',
    out,
  );
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  expect((JSON.parse(stdout) as { files: string[] }).files.map((file) => file.slice(out.length + 1))).toEqual([
    'preprocessing-histogram_equalization.png',
    'preprocessing-gamma.png',
    'preprocessing-patches.png',
    'preprocessing-pipeline.png',
  ]);
  const folder = await product.cli('visualize', 'dataset', digits, '--batch', '4', '--out', out);
  expect(folder.code, folder.stderr).toBe(0);
  expect(readdirSync(out).filter((name) => name.startsWith('dataset-'))).toEqual(
    expect.arrayContaining([
      'dataset-batch-1.png',
      'dataset-batch-2.png',
      'dataset-pictures.png',
      'dataset-validation.png',
    ]),
  );
  expect((await product.cli('visualize', 'nothing', digits)).code).toBe(2);
});
