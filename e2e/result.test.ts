/** A result looked into: why, what if, again, beside another one, and on paper. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { wideTable } from './files.ts';
import { makeFolder, removeHome, startProduct, until, type Product } from './product.ts';
import {
  axe,
  drawnForecast,
  drop,
  openScreen,
  pictureOf,
  setPassword,
  startButton,
  status,
  useData,
} from './screen.ts';

let product: Product;
let browser: Browser;
let page: Page;
let errors: string[];
let first = 0;

interface Detail {
  run: { id: number; status: string; seed: number; parameters: Record<string, Record<string, unknown>> };
}
const detail = (id: number) => product.json<Detail>(`/api/v1/runs/${id}`);
const idOf = (url: string) => Number(/\/runs\/(\d+)\//.exec(url)?.[1]);
const open = (path: string) => page.goto(new URL(path, product.connection.url).href);

beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct({ home: makeFolder() }), launchBrowser()]);
  ({ page, errors } = await openScreen(browser));
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

test('a first-time user is two clicks from a dropped file to its forecast', async () => {
  await open('/forecast/new/');
  await drop(page, wideTable(makeFolder(), '店舗別売上.csv', 0, 72));
  await useData(page).click();
  await startButton(page).click();
  await drawnForecast(page, 12).waitFor();
  first = idOf(page.url());
  await status(page, 'Done').waitFor();
});

test('why: errors by step, their spread, and intervals beside what chance allows', async () => {
  const why = page.getByRole('region', { name: /^Why/ });
  await why.getByRole('img', { name: /^The mean error is/ }).waitFor();
  await why.getByRole('img', { name: /^Distribution of/ }).waitFor();
  const intervals = why.getByRole('table', { name: 'Do the intervals hold?' });
  expect(await intervals.getByRole('row').allInnerTexts()).toEqual([
    expect.stringContaining('Promised'),
    expect.stringMatching(/^80%\s+\d+% \(\d+% – \d+%\)/),
    expect.stringMatching(/^90%\s+\d+% \(\d+% – \d+%\)/),
  ]);
  // One series has its history taken apart, too.
  await why.locator('label').nth(1).click();
  await why.getByText(/^Season, strength/).waitFor();
});

test('what if: other rules are answered at once, said to be chosen afterwards, and change no conclusion', async () => {
  const conclusion = page.getByRole('region', { name: 'Conclusion' });
  const before = await conclusion.innerText();
  const asked = page.getByRole('region', { name: 'What if' });
  await asked.getByText('Chosen after seeing the result').waitFor();
  const order = asked.getByRole('table', { name: 'The order under these rules' });
  const read = () => order.getByRole('row').allInnerTexts();
  const judged = await read();
  await asked.getByRole('checkbox').first().uncheck();
  await until('the order follows', async () => String(await read()) !== String(judged), 10);
  await asked.getByRole('checkbox').first().check();
  await until('the order is as it was', async () => String(await read()) === String(judged), 10);
  await asked.getByRole('combobox', { name: 'Measure errors by' }).click();
  await page.getByRole('option', { name: 'RMSE' }).click();
  await order.getByRole('columnheader', { name: 'RMSE' }).waitFor();
  await asked.getByRole('button', { name: 'Top three, equal' }).click();
  await asked.getByText(/^RMSE [\d.,]+ · [\d.]+% (?:below|above) the leader$/).waitFor();
  expect(await conclusion.innerText()).toBe(before);
});

test('numbers of one’s own stand beside the model’s, with a reason, and can be taken back', async () => {
  const values = page.getByRole('region', { name: 'Values' });
  await values.getByRole('button', { name: 'Adjust' }).click();
  await values.getByRole('textbox', { name: 'Change' }).fill('10');
  await values.getByRole('button', { name: 'Apply' }).click();
  await values
    .getByRole('textbox', { name: /^Your number for/ })
    .nth(0)
    .fill('');
  await values.getByRole('textbox', { name: 'Reason' }).fill('A sale in May');
  await values.getByRole('button', { name: 'Keep 11 numbers' }).click();
  const kept = values.getByRole('region', { name: 'Your own numbers' });
  expect(await kept.getByRole('listitem').first().innerText()).toMatch(/→[\s\S]*\(\+10%\)[\s\S]*A sale in May/);
  expect(await kept.getByRole('listitem').count()).toBe(11);
  const csv = await (await product.call(`/api/v1/runs/${first}/files/forecast.csv`)).text();
  expect(csv.split('\n')[0]).toMatch(/,y_adjusted$/);
  await kept.getByRole('button', { name: 'Take all back' }).click();
  await kept.waitFor({ state: 'detached' });
  await values.getByRole('columnheader', { name: 'Your number' }).waitFor({ state: 'detached' });
  expect(errors).toEqual([]);
});

test('Standard asks for rules and trials, and the forecast keeps to them', async () => {
  await open(`/forecast/new/?from=${first}`);
  await page.getByText('Standard', { exact: true }).click();
  await page.getByText('By trials', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Trials' }).fill('9');
  await page.getByRole('checkbox', { name: 'Whole numbers' }).check();
  await page.getByRole('textbox', { name: 'At most' }).fill('900');
  await page.getByRole('textbox', { name: 'Name of the run' }).fill('Kept within bounds');
  await until('the plan is made', () => startButton(page).isEnabled());
  await startButton(page).click();
  await page.waitForURL((url) => idOf(url.href) > first);
  await status(page, 'Done').waitFor();
  const bound = idOf(page.url());
  const { run } = await detail(bound);
  expect(run.parameters['Optimization']).toMatchObject({ mode: 'standard', trials: 9 });
  const { forecast } = await product.json<{ forecast: { y_hat: number[] } }>(`/api/v1/runs/${bound}/forecast`);
  for (const value of forecast.y_hat) expect(Number.isInteger(value) && value <= 900, String(value)).toBe(true);
});

test('the same again is a run of its own with the same settings', async () => {
  await open(`/runs/${first}/`);
  await page.getByRole('button', { name: 'Run again as it was' }).click();
  await page.waitForURL((url) => idOf(url.href) > first);
  const again = await detail(idOf(page.url()));
  const { run } = await detail(first);
  expect(again.run.parameters).toEqual(run.parameters);
  expect(again.run.seed).toBe(run.seed);
  await status(page, 'Done').waitFor();
});

test('runs stand beside each other: what differs first, forecasts on one chart; a view is kept', async () => {
  await open('/history/?track=forecast');
  await page.getByRole('row').nth(3).waitFor();
  for (const index of [1, 2, 3]) await page.getByRole('table').getByRole('checkbox').nth(index).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Open as a page' }).click();
  const table = page.getByRole('table', { name: 'Compare runs' });
  await table.getByRole('rowheader', { name: 'trials' }).waitFor();
  expect(await table.getByRole('rowheader', { name: 'season' }).count()).toBe(0);
  await page.getByRole('switch', { name: 'Show what is equal, too' }).check({ force: true });
  await table.getByRole('rowheader', { name: 'season' }).waitFor();
  await page.getByRole('img', { name: /^Forecasts of .*; their last values are/ }).waitFor();

  await open('/history/?track=forecast&q=bounds');
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('Bounded');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await open('/history/');
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('button', { name: 'Bounded', exact: true }).click();
  await page.waitForURL(/q=bounds/);
  expect(errors).toEqual([]);
});

test('a result is replayed from its record and found the same to the last bit', async () => {
  await open(`/runs/${first}/`);
  await page.getByRole('button', { name: 'Check that it reproduces' }).click();
  await page.getByText('Every number is the same to the last bit.').waitFor();
  const steps = page.getByRole('table', { name: 'What was compared' });
  await steps.getByRole('cell', { name: /^Forecast/ }).waitFor();
  expect(await steps.getByText('different', { exact: true }).count()).toBe(0);
});

test.each([
  ['en', 'Conclusion'],
  ['ja', '結論'],
])('the report in %s opens without a network, asks for nothing, and has no barrier', async (lang, heading) => {
  const html = await (await product.call(`/api/v1/runs/${first}/files/report.html?lang=${lang}`)).text();
  const context = await browser.newContext({ offline: true, viewport: { width: 390, height: 900 } });
  const paper = await context.newPage();
  const asked: string[] = [];
  paper.on('request', (request) => asked.push(request.url()));
  await paper.setContent(html);
  await paper.getByRole('heading', { name: heading }).waitFor();
  expect(await paper.locator('svg path.forecast').count()).toBeGreaterThan(0);
  expect(await paper.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(asked).toEqual([]);
  const { violations } = await axe(paper).withTags(['wcag2a', 'wcag2aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join('; ')}`)).toEqual(
    [],
  );
  await context.close();
});
