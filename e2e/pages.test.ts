/** Every page, light and dark, in both languages, wide and narrow: axe, no sideways scrolling, every word translated; and the way of the keyboard. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { enlargedDigit, writeDigits } from './digits.ts';
import { panel, wideTable } from './files.ts';
import { makeFolder, removeHome, startProduct, until, type Product } from './product.ts';
import { axe, drawnForecast, openScreen, PASSWORD, pictureOf, setPassword, startButton, useData } from './screen.ts';
import { type Made, stops, type Stop } from './stops.ts';
import { wrongWords } from './words.ts';

let product: Product;
let browser: Browser;
let files: string;
/** What the signed-in administrator's browser keeps. */
let signedIn: Exclude<BrowserContextOptions['storageState'], undefined>;
let shown: Page | null = null;
const made: Made = { dataset: 0, finished: 0, again: 0, held: 0, ingest: 0, passwordLink: '', theme: 0, picture: 0 };
const STOPS = stops(made, () => files);

beforeAll(async () => {
  files = makeFolder();
  [product, browser] = await Promise.all([startProduct({ home: makeFolder() }), launchBrowser()]);
  const { page } = await openScreen(browser);
  await setPassword(page, product.setupLink());
  signedIn = await page.context().storageState();
  await page.context().close();

  const dataset = async (path: string) =>
    (JSON.parse((await product.cli('--json', 'dataset', 'add', path)).stdout) as { id: number }).id;
  const search = (dataset_id: number, budget_seconds: number) =>
    product.json<{ id: number }>('/api/v1/forecasts', { dataset_id, horizon: 12, budget_seconds });
  made.dataset = await dataset(wideTable(files, '店舗別売上.csv', 0, 60));
  made.finished = (await search(made.dataset, 15)).id;
  made.again = (
    await product.json<{ id: number }>('/api/v1/forecasts', {
      dataset_id: made.dataset,
      horizon: 12,
      budget_seconds: 15,
      levels: [50, 95],
    })
  ).id;
  await Promise.all([ended(made.finished), ended(made.again)]);
  made.held = (await search(await dataset(panel(files, 'panel.csv', 20)), 300)).id;
  await product.json(`/api/v1/runs/${made.held}/actions`, { action: 'pause' });
  await until('the second run is held', async () => ['paused', 'succeeded'].includes(await statusOf(made.held)));
  const all = await product.json<{ items: { id: number; kind: string }[] }>('/api/v1/runs?kind=ingest');
  made.ingest = all.items[0]?.id ?? 0;
  Object.assign(made, await theme());
  made.passwordLink = (
    await product.json<{ link: string }>('/api/v1/users', { username: 'hanako', role: 'editor' })
  ).link;
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail' && shown !== null) await pictureOf(shown, task.name);
  shown = null;
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product !== undefined) await removeHome(product.home);
});

/** A theme with some pictures, two of which look alike, labels of two people, a survey and a version. */
async function theme(): Promise<{ theme: number; picture: number }> {
  const { id } = await product.json<{ id: number }>('/api/theme/create/', {
    name: '部品の写真',
    labels: ['circle', 'square'],
  });
  const form = new FormData();
  const add = (name: string, bytes: Uint8Array<ArrayBuffer>) => form.append('images', new Blob([bytes]), name);
  for (const { path } of writeDigits(join(files, 'digits'), 2))
    add(basename(path).replace(/^0+(?=\d)/, ''), new Uint8Array(readFileSync(path)));
  add('large.png', new Uint8Array(enlargedDigit(3, 1)));
  const { image_ids: ids } = (await (
    await product.call(`/api/theme/${id}/images/upload/`, { method: 'POST', body: form })
  ).json()) as { image_ids: number[] };
  const said = join(files, 'said.csv');
  writeFileSync(said, `path,label,labeled_by\n${[3, 4, 5].map((at) => `${at}.png,circle,hanako`).join('\n')}\n`);
  await product.cli('theme', 'import', said, '--name', '部品の写真');
  const { label_list: labels } = await product.json<{ label_list: { id: number }[] }>(`/api/theme/${id}/`);
  for (const [at, label] of labels.entries())
    await product.json(`/api/theme/${id}/label/update/`, {
      image_ids: ids.slice(at * 5, at * 5 + 5),
      label_id: label.id,
    });
  await product.json(`/api/v1/themes/${id}/queues`, {});
  await until(
    'the survey is done',
    async () => (await product.json<{ computed_at: string | null }>(`/api/v1/themes/${id}/queues`)).computed_at,
    300,
  );
  await product.json(`/api/v1/themes/${id}/versions`, { note: 'first' });
  return { theme: id, picture: ids[0] ?? 0 };
}

const statusOf = async (id: number) =>
  (await product.json<{ run: { status: string } }>(`/api/v1/runs/${id}`)).run.status;
const ended = (id: number) => until(`run ${id} has ended`, async () => (await statusOf(id)) === 'succeeded', 120);

/** Every theme meets every language and every width once. */
const EVERY_LOOK = [
  { language: 'en', scheme: 'light', width: 1280 },
  { language: 'ja', scheme: 'dark', width: 390 },
  { language: 'ja', scheme: 'light', width: 1280 },
  { language: 'en', scheme: 'dark', width: 390 },
] as const;
/** Two hold each language, scheme and width once; the full test crosses them. */
const LOOKS = process.env['MINORI_TEST_FULL'] === '1' ? EVERY_LOOK : EVERY_LOOK.slice(0, 2);

/** A window as high as the page: a target that a fixed bar covers until somebody scrolls is not a small one. */
async function unroll(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
}

/** Inside the page: notes every scheme that its root has had, so that a page which only flashes light is found too. */
function keepSchemes(): void {
  const name = 'data-mantine-color-scheme';
  const kept = new Set<string | null>();
  Object.assign(window, { schemes: kept });
  new MutationObserver((records) => {
    for (const record of records) kept.add(record.oldValue);
    kept.add(document.documentElement.getAttribute(name));
  }).observe(document, { subtree: true, attributeFilter: [name], attributeOldValue: true });
}
const schemesOf = (page: Page): Promise<unknown[]> =>
  page.evaluate(() =>
    [...(window as unknown as { schemes: Set<string | null> }).schemes].filter((one) => one !== null),
  );

/** One page per look and person; opening a fresh one for every address would load the app a hundred times. */
const held = new Map<string, Page>();
async function visit(stop: Stop, look: (typeof LOOKS)[number]): Promise<Page> {
  const key = `${look.language} ${look.scheme} ${stop.signedOut === true}`;
  const page =
    held.get(key) ??
    (
      await openScreen(browser, {
        viewport: { width: look.width, height: 900 },
        locale: look.language === 'ja' ? 'ja-JP' : 'en-US',
        colorScheme: look.scheme,
        reducedMotion: 'reduce',
        ...(stop.signedOut === true ? {} : { storageState: signedIn }),
      })
    ).page;
  if (!held.has(key)) await page.addInitScript(keepSchemes);
  held.set(key, page);
  shown = page;
  await page.setViewportSize({ width: look.width, height: 900 });
  await page.goto(new URL(stop.path(), product.connection.url).href);
  await stop.ready(page);
  await page.evaluate(() => document.fonts.ready);
  return page;
}

describe.each(LOOKS)('$language, $scheme, $width px', (look) => {
  test.each(STOPS)('$name', async (stop) => {
    const page = await visit(stop, look);
    expect(await page.locator('html').getAttribute('lang')).toBe(look.language);
    expect(await schemesOf(page)).toEqual([look.scheme]);

    await unroll(page, look.width);
    const { violations } = await axe(page).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`,
      ),
    ).toEqual([]);

    expect(await wrongWords(page, look.language)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.width);
  });
});

describe('the keyboard', () => {
  const [look] = EVERY_LOOK;
  const home = STOPS.find((stop) => stop.name === 'home');

  test('leads from the home page to a running forecast, and the focus is seen at every step', async () => {
    if (home === undefined) throw new Error('no home page among the stops');
    const page = await visit(home, look);
    const unseen = new Set<string>();
    /** Tab until the control has the focus. */
    const reach = async (target: ReturnType<Page['locator']>): Promise<void> => {
      await target.waitFor();
      for (let presses = 0; presses < 150; presses += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press('Tab');
        const hidden = await page.evaluate(() => {
          const element = document.activeElement;
          if (element === null || element === document.body) return null;
          const marked = [element, element.parentElement, ...element.querySelectorAll('*')].some((part) => {
            if (part === null) return false;
            const style = getComputedStyle(part);
            return (
              (style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'
            );
          });
          return marked || element.matches('input, textarea') ? null : element.outerHTML.slice(0, 200);
        });
        if (hidden !== null) unseen.add(hidden);
      }
      throw new Error('the Tab key never came there');
    };

    await page.keyboard.press('n');
    await page.waitForURL(/\/forecast\/new\//);
    // Asked for before the keys, so that the browser has been told to hand the dialog over.
    const chooser = page.waitForEvent('filechooser');
    await reach(page.getByRole('button', { name: 'Choose a file' }));
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(wideTable(files, 'by keyboard.csv', 0, 48));
    await until('the file was checked', async () => useData(page).isEnabled());
    await reach(useData(page));
    await page.keyboard.press('Enter');
    await until('the plan is made', async () => startButton(page).isEnabled());
    await reach(startButton(page));
    await page.keyboard.press('Enter');
    await drawnForecast(page, 12).waitFor();
    expect([...unseen]).toEqual([]);
  });

  test('opens the shortcuts and the palette, which finds pages, data and runs', async () => {
    if (home === undefined) throw new Error('no home page among the stops');
    const page = await visit(home, look);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+k');
    const asked = page.getByRole('combobox', { name: 'Find pages, themes, labels, runs and data' });
    await asked.fill('店舗別');
    await page
      .getByRole('option', { name: /店舗別売上/ })
      .first()
      .waitFor();
    await asked.fill('部品');
    // Its import and its survey are runs of the same name.
    await page
      .getByRole('option', { name: /部品の写真/ })
      .and(page.locator(`[id$=-theme-${made.theme}]`))
      .waitFor();
    await asked.fill('circ');
    await page.getByRole('option', { name: /^circle/ }).waitFor();
    await asked.fill('Hist');
    await page.getByRole('option', { name: 'History' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/history\//);
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.waitForURL((url) => url.pathname === '/');
  });
});

describe('what is not there, or not yours', () => {
  test('another person sees neither the run nor the data, and is told so', async () => {
    const { page } = await openScreen(browser);
    shown = page;
    await page.goto(made.passwordLink);
    await page.getByLabel(/^New password(?! again)/).fill(PASSWORD);
    await page.getByLabel(/^New password again/).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Hello, hanako' }).waitFor();
    for (const path of [`/runs/${made.finished}/`, `/datasets/${made.dataset}/`, '/runs/999999/']) {
      await page.goto(new URL(path, product.connection.url).href);
      await page
        .getByText(/it was removed, or you may not see it|not found|There is no/i)
        .first()
        .waitFor();
      expect(await page.getByText('店舗別売上').count()).toBe(0);
    }
    await page.goto(new URL('/no/such/page/', product.connection.url).href);
    await page.getByText('There is no page at this address').waitFor();
  });
});
