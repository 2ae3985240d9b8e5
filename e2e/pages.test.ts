/** Every page, light and dark, in both languages, wide and narrow: axe, no sideways scrolling, every word translated; and the way of the keyboard. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { enlargedDigit, writeDigits } from './digits.ts';
import { faultyTable, panel, wideTable } from './files.ts';
import { makeFolder, removeHome, ROOT, startProduct, until, type Product } from './product.ts';
import { axe, drawnForecast, openScreen, PASSWORD, pictureOf, setPassword, startButton, useData } from './screen.ts';

let product: Product;
let browser: Browser;
let files: string;
/** What the signed-in administrator's browser keeps. */
let signedIn: Exclude<BrowserContextOptions['storageState'], undefined>;
let shown: Page | null = null;
const made = { dataset: 0, finished: 0, again: 0, held: 0, ingest: 0, passwordLink: '', theme: 0, picture: 0 };

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

/** A page and what to wait for, so that nothing is judged before it is drawn. */
interface Stop {
  readonly name: string;
  readonly path: () => string;
  /** By role and structure, not by words: pages are visited in two languages. */
  readonly ready: (page: Page) => Promise<unknown>;
  readonly signedOut?: boolean;
}
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).waitFor();
const rows = (page: Page) => page.getByRole('row').nth(1).waitFor();

const STOPS: readonly Stop[] = [
  { name: 'sign-in', path: () => '/login/', ready: heading, signedOut: true },
  {
    name: 'set-up',
    path: () => '/setup/',
    ready: (page) => page.getByRole('listitem').nth(4).waitFor(),
    signedOut: true,
  },
  {
    name: 'password link',
    path: () => made.passwordLink.replace(/^https?:\/\/[^/]+/, ''),
    ready: (page) => page.locator('input[type=password]').nth(1).waitFor(),
    signedOut: true,
  },
  { name: 'home', path: () => '/', ready: (page) => page.locator('main dl').waitFor() },
  { name: 'data', path: () => '/datasets/', ready: rows },
  { name: 'one dataset', path: () => `/datasets/${made.dataset}/`, ready: rows },
  {
    name: 'new forecast',
    path: () => '/forecast/new/',
    ready: (page) => page.locator('main ul button').first().waitFor(),
  },
  {
    name: 'a dropped file with findings',
    path: () => '/forecast/new/',
    async ready(page) {
      await page.getByTestId('file-input').setInputFiles(faultyTable(files, '本店売上.csv'));
      await page.locator('[role=group] button[aria-pressed]').first().waitFor();
    },
  },
  {
    name: 'the plan',
    path: () => `/forecast/new/?dataset=${made.dataset}`,
    ready: (page) => page.getByRole('checkbox').nth(6).waitFor(),
  },
  {
    name: 'what Standard asks',
    path: () => `/forecast/new/?dataset=${made.dataset}`,
    async ready(page) {
      await page.getByText(/^(Standard|標準)$/).click();
      await page.locator('fieldset').nth(2).waitFor();
    },
  },
  {
    name: 'a held run',
    path: () => `/runs/${made.held}/`,
    // Its bar may still be empty, and an empty bar counts as hidden.
    ready: (page) => page.getByRole('button', { name: /^(Resume|再開)/ }).waitFor(),
  },
  {
    name: 'a result',
    path: () => `/runs/${made.finished}/`,
    async ready(page) {
      // Values, both tables of shares, the order under other rules, all errors; and every chart drawn.
      await page.getByRole('table').nth(6).waitFor();
      await page.locator('canvas').nth(3).waitFor();
    },
  },
  {
    name: 'the machine below a result',
    path: () => `/runs/${made.finished}/`,
    async ready(page) {
      await page.getByRole('tab').first().click();
      await page.getByRole('tabpanel').getByRole('img').first().waitFor();
    },
  },
  {
    name: 'the log below a result',
    path: () => `/runs/${made.finished}/`,
    async ready(page) {
      await page.getByRole('tab').nth(1).click();
      await page.getByRole('tabpanel').getByRole('listitem').first().waitFor();
    },
  },
  { name: 'an import as a run', path: () => `/runs/${made.ingest}/`, ready: heading },
  { name: 'history', path: () => '/history/', ready: rows },
  {
    name: 'two runs of the history held beside each other',
    path: () => '/history/',
    async ready(page) {
      await rows(page);
      for (const index of [1, 2]) await page.getByRole('table').getByRole('checkbox').nth(index).check();
      await page.locator('main [role=region] button').first().click();
      await page.getByRole('dialog').getByRole('row').nth(3).waitFor();
    },
  },
  {
    name: 'a comparison',
    path: () => `/compare/?ids=${made.finished},${made.again}`,
    async ready(page) {
      await page.getByRole('table').nth(1).waitFor();
      await page.locator('canvas').first().waitFor();
    },
  },
  { name: 'a comparison of nothing', path: () => '/compare/', ready: heading },
  {
    name: 'history without a match',
    path: () => '/history/?q=nothing-of-this-name',
    ready: (page) => page.locator('main button').last().waitFor(),
  },
  {
    name: 'a theme at work',
    path: () => `/theme/${made.theme}/`,
    ready: (page) => page.getByRole('option').nth(2).waitFor(),
  },
  {
    name: 'its pictures as a table',
    path: () => `/theme/${made.theme}/?view=table`,
    ready: (page) => page.getByRole('row').nth(2).waitFor(),
  },
  {
    name: 'one picture of it',
    path: () => `/theme/${made.theme}/?image=${made.picture}`,
    ready: (page) => page.getByRole('dialog').locator('dl').first().waitFor(),
  },
  {
    name: 'its keys',
    path: () => `/theme/${made.theme}/`,
    async ready(page) {
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').getByText('square', { exact: true }).waitFor();
    },
  },
  {
    name: 'which queues it has',
    path: () => `/theme/${made.theme}/`,
    async ready(page) {
      await page.getByRole('option').first().waitFor();
      await page.getByRole('search').getByRole('button').first().click();
      await page.getByRole('dialog').getByRole('listitem').nth(4).waitFor();
    },
  },
  {
    name: 'one of its queues',
    path: () => `/theme/${made.theme}/?queue=diverse`,
    ready: (page) => page.getByRole('option').nth(2).waitFor(),
  },
  {
    name: 'its copies',
    path: () => `/theme/${made.theme}/?queue=duplicates`,
    ready: (page) => page.locator('main').getByText('large.png').waitFor(),
  },
  {
    name: 'what its people agree on',
    path: () => `/theme/${made.theme}/agreement/`,
    ready: (page) => page.getByRole('table').nth(1).waitFor(),
  },
  {
    name: 'what would come into it',
    path: () => `/theme/${made.theme}/`,
    async ready(page) {
      await page.getByRole('option').first().waitFor();
      const buffer = Buffer.from('path,label,split\n1.png,円,train\n2.png,square,\n9.png,square,\n');
      await page.getByTestId('picture-input').setInputFiles({ name: 'labels.csv', mimeType: 'text/csv', buffer });
      await page.getByRole('dialog').getByRole('table').first().waitFor();
    },
  },
  {
    name: 'data in and out',
    path: () => `/theme/${made.theme}/data/`,
    async ready(page) {
      await page.locator('main button[aria-pressed=false]').first().click();
      await page.locator('main dl').waitFor();
    },
  },
  { name: 'the settings of a theme', path: () => `/theme/${made.theme}/settings/`, ready: rows },
  { name: 'a new theme', path: () => '/theme/create/', ready: heading },
  ...['themes', 'labels', 'images', 'models'].map((tab): Stop => ({
    name: `admin: ${tab}`,
    path: () => `/admin/?tab=${tab}`,
    ready: (page) =>
      page
        .getByRole('tabpanel')
        .getByRole(tab === 'models' ? 'textbox' : 'row')
        .first()
        .waitFor(),
  })),
  ...['users', 'projects', 'keys', 'machine', 'audit'].map((tab): Stop => ({
    name: `admin: ${tab}`,
    path: () => `/admin/?tab=${tab}`,
    ready: (page) => page.getByRole('tabpanel').waitFor(),
  })),
  { name: 'help', path: () => '/help/', ready: heading },
  { name: 'an address that does not exist', path: () => '/no/such/page/', ready: heading },
  {
    name: 'a run that does not exist',
    path: () => '/runs/999999/',
    ready: (page) => page.getByRole('alert').first().waitFor(),
  },
];

/** Every theme meets every language and every width once. */
const EVERY_LOOK = [
  { language: 'en', scheme: 'light', width: 1280 },
  { language: 'ja', scheme: 'dark', width: 390 },
  { language: 'ja', scheme: 'light', width: 1280 },
  { language: 'en', scheme: 'dark', width: 390 },
] as const;
/** Two hold each language, scheme and width once; the full test crosses them. */
const LOOKS = process.env['MINORI_TEST_FULL'] === '1' ? EVERY_LOOK : EVERY_LOOK.slice(0, 2);

const flat = (node: unknown, prefix = ''): [string, string][] =>
  typeof node === 'string'
    ? [[prefix, node]]
    : Object.entries(node as Record<string, unknown>).flatMap(([key, child]) =>
        flat(child, prefix === '' ? key : `${prefix}.${key}`),
      );
const catalogue = (language: string) =>
  flat(JSON.parse(readFileSync(join(ROOT, 'apps/web/src/i18n', `${language}.json`), 'utf8')));
const KEYS = new Set(catalogue('en').map(([key]) => key));
const JAPANESE = new Map(catalogue('ja'));
/** English sentences that Japanese readers must not meet. */
const ENGLISH = new Set(
  catalogue('en')
    .filter(
      ([key, text]) => text.length > 11 && text.includes(' ') && !text.includes('{{') && JAPANESE.get(key) !== text,
    )
    .map(([, text]) => text),
);

/** All that is read, by eye or by ear; what is set as code (files, actions of the audit log) means itself. */
async function words(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (node.parentElement?.closest('script, style, pre, .mono') === null) found.push(node.textContent ?? '');
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
      for (const name of ['aria-label', 'title', 'placeholder']) found.push(element.getAttribute(name) ?? '');
    return found.map((text) => text.trim()).filter((text) => text !== '');
  });
}

const LIKE_A_KEY = new RegExp(
  `^(?:${[...new Set([...KEYS].map((key) => key.split('.')[0]))].join('|')})(?:\\.[a-z_0-9]+)+$`,
);
const FILE = /\.(?:csv|html|json|xlsx|parquet)$/;

/** A window as high as the page: a target that a fixed bar covers until somebody scrolls is not a small one. */
async function unroll(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
}

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

    await unroll(page, look.width);
    const { violations } = await axe(page).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary}`).join('; ')}`,
      ),
    ).toEqual([]);

    const texts = await words(page);
    expect(texts.filter((text) => KEYS.has(text) || (LIKE_A_KEY.test(text) && !FILE.test(text)))).toEqual([]);
    if (look.language === 'ja') expect(texts.filter((text) => ENGLISH.has(text))).toEqual([]);
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
