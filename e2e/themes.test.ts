/** Sorting pictures as a person does it: a theme with ten labels, 500 handwritten digits, labels by keyboard only. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { writeDigits } from './digits.ts';
import { makeFolder, removeHome, startProduct, until, type Product } from './product.ts';
import { openScreen, PASSWORD, pictureOf, type Screen, setPassword } from './screen.ts';

const NAMES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
/** Keys of the labels in their order; the tenth takes two. */
const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'q 1'];

let product: Product;
let browser: Browser;
let screen: Screen;
let page: Page;
let digits: ReturnType<typeof writeDigits>;
let themePath = '';

interface Statistics {
  total: number;
  labeled: number;
  labels: { label_id: number; label_name: string; count: number }[];
}
const statistics = () => product.json<Statistics>(`/api${themePath}statistics/`);
const counted = (name: string) => page.getByRole('region', { name: 'Statistics' }).getByText(name);

beforeAll(async () => {
  digits = writeDigits(join(makeFolder(), 'digits'), 50);
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

describe('from an empty list to labeled pictures', () => {
  test('a theme is made with ten labels', async () => {
    await page.getByRole('link', { name: 'New theme' }).click();
    await page.getByLabel(/^Name/).fill('Digits');
    await page.getByLabel('Add labels').fill(NAMES.join(', '));
    await page.getByLabel('Add labels').press('Enter');
    expect(await page.getByRole('list', { name: 'Labels' }).getByRole('listitem').count()).toBe(10);
    await page.getByRole('button', { name: 'Create and add pictures' }).click();
    await page.waitForURL(/\/theme\/\d+\/$/);
    themePath = new URL(page.url()).pathname;
    await page.getByRole('heading', { name: 'Add the first pictures' }).waitFor();
  });

  test('500 pictures arrive, and a file that is none is named with its reason', async () => {
    const liar = join(makeFolder(), 'liar.png');
    writeFileSync(liar, 'not a picture at all');
    await page.getByTestId('picture-input').setInputFiles([...digits.map(({ path }) => path), liar]);
    await page.getByText('All files were sent.').waitFor();
    await page.getByText('New: 500 · there already: 0 · not taken: 1').waitFor();
    expect(await page.locator('details li').allTextContents()).toEqual(['liar.png The file is not a picture.']);
    await page.getByRole('button', { name: 'Close' }).first().click();
    // The same folder again, as after a lost connection: nothing is doubled.
    await page.getByTestId('picture-input').setInputFiles(digits.slice(0, 20).map(({ path }) => path));
    await page.getByText('New: 0 · there already: 20 · not taken: 0').waitFor();
    expect((await statistics()).total).toBe(500);
  });

  test('scrolling through all of them shows no gap', async () => {
    await page.evaluate(() => localStorage.setItem('minori.theme.limit', '500'));
    await page.goto(new URL(`${themePath}?order=oldest`, product.connection.url).href);
    await page.getByText('500 of 500 pictures').waitFor();
    const list = page.getByRole('listbox');
    await list.hover();
    // In each frame: is there a row from the upper to the lower edge of what is in sight?
    const watched = await list.evaluateHandle((frame) => {
      const seen = { frames: 0, gaps: 0, left: Infinity };
      const look = () => {
        const { top, bottom } = frame.getBoundingClientRect();
        const rows = [...frame.querySelectorAll('[role=option]')].map((tile) => tile.getBoundingClientRect());
        const covered =
          Math.min(...rows.map((row) => row.top)) < top + 24 &&
          Math.max(...rows.map((row) => row.bottom)) > bottom - 48;
        seen.frames += 1;
        if (!covered) seen.gaps += 1;
        seen.left = frame.scrollHeight - frame.scrollTop - frame.clientHeight;
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
      return seen;
    });
    for (let turn = 0; turn < 60; turn += 1) await page.mouse.wheel(0, 400);
    await until('the end is reached', async () => (await watched.jsonValue()).left < 2, 20);
    const { frames, gaps } = await watched.jsonValue();
    expect(frames).toBeGreaterThan(10);
    expect(gaps).toBe(0);
    await until('the last pictures are drawn', () =>
      list.evaluate((frame) =>
        [...frame.querySelectorAll('img')].every(({ complete, naturalWidth }) => complete && naturalWidth > 0),
      ),
    );
    await page.evaluate(() => localStorage.removeItem('minori.theme.limit'));
  });

  test('fifty pictures are labeled by keyboard alone, each by what it shows', async () => {
    await page.goto(new URL(`${themePath}?state=unlabeled&order=oldest`, product.connection.url).href);
    const option = page.getByRole('option').first();
    await option.waitFor();
    const shown = new Map(digits.map(({ path, digit }) => [path.split('/').at(-1) ?? '', digit]));
    for (let at = 0; at < 50; at += 1) {
      const held = await page.getByRole('listbox').evaluate((list) => {
        const id = list.getAttribute('aria-activedescendant') ?? '';
        return document.getElementById(id)?.getAttribute('title') ?? '';
      });
      const digit = shown.get(held);
      if (digit === undefined) throw new Error(`no picture of ours has the cursor: "${held}"`);
      for (const key of (KEYS[digit] ?? '').split(' ')) await page.keyboard.press(key);
    }
    await until('all fifty are saved', async () => (await statistics()).labeled === 50, 20);
    const found = await statistics();
    expect(found.labels.map(({ label_name, count }) => [label_name, count])).toEqual(NAMES.map((name) => [name, 5]));
    await counted('50 of 500 labeled').waitFor();
  });

  test('a row is chosen with Shift and labeled at once; undo takes it back', async () => {
    const before = (await statistics()).labeled;
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await page.getByText('3 pictures chosen').waitFor();
    await page.keyboard.press('1');
    await until('three more', async () => (await statistics()).labeled === before + 3, 20);
    await page.keyboard.press('Control+z');
    await page.getByText('Undone for 3 pictures.').waitFor();
    expect((await statistics()).labeled).toBe(before);
  });

  test('the large picture takes a label by key and goes on', async () => {
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    const first = page.url();
    await page.keyboard.press('3');
    await page.waitForFunction((url) => location.href !== url, first);
    await page.keyboard.press('0');
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('dialog').getByText('Unlabeled → two').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('a label that the server refuses is taken back where it can be seen', async () => {
    const before = await statistics();
    await page.route('**/label/update/', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: 'urn:minori:problem:database_unavailable',
          title: 'away',
          status: 503,
          code: 'database_unavailable',
          params: {},
        }),
      }),
    );
    await page.keyboard.press('1');
    await page.getByText(/1 label was not saved and has been taken back/).waitFor();
    await page.unroute('**/label/update/');
    await counted(`${before.labeled} of 500 labeled`).waitFor();
    expect(await statistics()).toEqual(before);
    await page.getByRole('button', { name: 'Close' }).last().click();
  });

  test("another person's label shows at once", async () => {
    const { labeled, labels } = await statistics();
    const { items } = await product.json<{ items: { id: number }[] }>(
      `/api${themePath}images/?state=unlabeled&order=oldest&limit=1`,
    );
    await product.json(`/api${themePath}label/update/`, { image_id: items[0]?.id, label_id: labels[0]?.label_id });
    await counted(`${labeled + 1} of 500 labeled`).waitFor();
  });

  test('the data is split, and what has a split keeps it', async () => {
    await page.getByRole('button', { name: 'Split the data' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('500 pictures will be assigned, 0 keep their place.').waitFor();
    await dialog.getByRole('button', { name: 'Split the data' }).click();
    await dialog.getByText('500 pictures were assigned, 0 kept their place.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    const { splits } = await product.json<{ splits: Record<string, number> }>(`/api${themePath}statistics/`);
    // Each label is split by itself and rounds for itself: at most one picture off per label and for those without.
    expect(splits['unassigned']).toBe(0);
    for (const [split, share] of Object.entries({ train: 350, valid: 75, test: 75 }))
      expect(Math.abs((splits[split] ?? 0) - share), split).toBeLessThanOrEqual(11);
    await page.getByRole('button', { name: 'Split the data' }).click();
    await dialog.getByText('0 pictures will be assigned, 500 keep their place.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  test('back home the card says how far the theme is', async () => {
    const { labeled } = await statistics();
    await page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'Themes' }).click();
    const card = page.getByRole('list', { name: 'Themes' }).getByRole('listitem');
    await card.getByText(`Next: label ${500 - labeled} pictures`).waitFor();
    await card.getByRole('link', { name: 'Digits' }).click();
    await page.waitForURL(new URL(themePath, product.connection.url).href);
  });

  test('no script failed on the way', () => {
    expect(screen.errors).toEqual([]);
  });
});

describe('from another browser', () => {
  test('a person who signs in comes back to the theme that was asked for', async () => {
    const other = await openScreen(browser);
    await other.page.goto(new URL(themePath, product.connection.url).href);
    await other.page.waitForURL(/\/login\//);
    await other.page.getByLabel(/^User name/).fill('admin');
    await other.page.getByLabel(/^Password/).fill(PASSWORD);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('option').first().waitFor();
    await other.page.context().close();
  });
});
