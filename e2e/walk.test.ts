/** What a newcomer does, from the printed link to the downloaded forecast, on the built product with the real engine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@minori/database';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../tools/browser.ts';
import { faultyTable, panel, wideTable } from './files.ts';
import { makeFolder, removeHome, ROOT, startProduct, until, type Product } from './product.ts';
import {
  drawnForecast,
  drop,
  openScreen,
  PASSWORD,
  pictureOf,
  ranked,
  type Screen,
  setBudget,
  setPassword,
  signIn,
  start,
  status,
  useData,
} from './screen.ts';

const LOTO6 = join(ROOT, '..', 'shared', 'data', 'loto6.csv');
/** The names of specification 000, and the history that other programs read. */
const TABLES = [
  'experiments',
  'training_runs',
  'resource_metrics',
  'run_parameters',
  'run_results',
  'model_artifacts',
  'predictions',
  'optimization_history',
  'datasets',
  'logs',
  'notifications',
  'system_config',
  'nf_model_runs',
] as const;
/** The first families; the plan may know more. */
const METHODS = [
  'Last value',
  'Same as last season',
  'Overall mean',
  'Overall median',
  'Recent average',
  'ETS (exponential smoothing)',
  'Theta',
];

let product: Product;
let browser: Browser;
let screen: Screen;
let page: Page;
let files: string;
/** The newcomer's first run, and what its plan offered. */
let first = 0;
let planned: string[] = [];

beforeAll(async () => {
  files = makeFolder();
  [product, browser] = await Promise.all([startProduct({ home: makeFolder() }), launchBrowser()]);
  screen = await openScreen(browser);
  page = screen.page;
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await pictureOf(page, task.name);
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product !== undefined) await removeHome(product.home);
});

const open = (path: string) => page.goto(new URL(path, product.connection.url).href);
const runStatus = async (id: number) =>
  (await product.json<{ run: { status: string; outcome: string | null } }>(`/api/v1/runs/${id}`)).run;

describe('a newcomer', () => {
  test('sets a password on the printed link and comes home', async () => {
    await setPassword(page, product.setupLink());
    const strip = page.getByLabel('State of the system');
    for (const name of ['Database', 'Engine', 'Work', 'CPU', 'Memory', 'GPU', 'Disk'])
      await strip.getByText(name).first().waitFor();
    // The link works once.
    const other = await openScreen(browser);
    await other.page.goto(product.setupLink());
    await other.page.getByText('This link has been used').waitFor();
    await other.page.context().close();
  });

  test('drops a table as a spreadsheet in Japan writes it, and reads the plan', async () => {
    await page.getByRole('link', { name: 'Start with your own file' }).click();
    await drop(page, wideTable(files, '店舗別売上.csv', 0, 120));
    const head = page.getByRole('region', { name: 'The head of the file' });
    await head.getByRole('columnheader', { name: /大阪店/ }).waitFor();
    // Rows are numbered as in the file, whose first line holds the names.
    await head.getByRole('rowheader', { name: '2', exact: true }).waitFor();
    await page.getByText('3 series, 360 rows, monthly, from Jan 2018 to Dec 2027.').waitFor();
    await useData(page).click();

    await page.getByRole('heading', { name: 'Tested on 8 stretches of the past' }).waitFor();
    const offered = page.getByRole('list', { name: 'Methods to try' }).getByRole('checkbox', { checked: true });
    planned = (await offered.evaluateAll((boxes) => boxes.map((box) => box.getAttribute('aria-label') ?? ''))).map(
      (label) => label.replace('Try ', ''),
    );
    expect(planned).toEqual(expect.arrayContaining(METHODS));
    const reasons = page.getByRole('heading', { name: 'Why this plan' }).locator('..').getByRole('listitem');
    expect(await reasons.count()).toBeGreaterThan(2);
    // The horizon is dragged, typed or moved by the arrows; the plan follows.
    await page.getByRole('slider', { name: /^Horizon/ }).press('ArrowLeft');
    expect(await page.getByRole('textbox', { name: /^Horizon/ }).inputValue()).toContain('11 steps');
    await page.getByRole('textbox', { name: /^Horizon/ }).fill('12');
    await setBudget(page, 60);
    await page.getByText(/^1 min buys 5 simple baselines and \d+ other methods/).waitFor();
  });

  test('sees the first forecast, and every method joining', async () => {
    first = await start(page);
    await drawnForecast(page, 12).waitFor();

    const seen: string[][] = [];
    await until('all methods stand on the leaderboard', async () => {
      // The blend so far stands among them while the search runs.
      seen.push((await ranked(page)).filter((name) => name !== 'Blend'));
      return seen.at(-1)?.length === planned.length;
    });
    // Nobody who joined has left.
    for (const [at, names] of seen.entries()) expect(seen[at + 1] ?? names).toEqual(expect.arrayContaining(names));
    expect(seen.at(-1)?.toSorted()).toEqual(planned.toSorted());
    await status(page, 'Done').waitFor();
  });

  test('reads the machine, the log and the configuration below', async () => {
    const dock = page.getByRole('region', { name: 'Machine, log and configuration' });
    await dock.getByRole('tab', { name: 'Machine' }).click();
    for (const strip of [/^CPU/, /^Memory/, /^Disk/, /^Network/]) await dock.getByText(strip).first().waitFor();
    await dock.getByText(/GPU/).first().waitFor();

    await dock.getByRole('tab', { name: 'Log' }).click();
    const lines = dock.getByRole('list', { name: 'Log' }).getByRole('listitem');
    await lines.first().waitFor();
    const all = await lines.count();
    await dock.getByRole('textbox', { name: 'Filter by text' }).fill('no such words');
    await dock.getByText('No line matches.').waitFor();
    await dock.getByRole('textbox', { name: 'Filter by text' }).fill('');
    await until('all lines are back', async () => (await lines.count()) === all);

    await dock.getByRole('tab', { name: 'Configuration' }).click();
    await dock.getByText('Horizon', { exact: true }).waitFor();
    await dock.getByRole('button', { name: 'Close' }).click();
  });

  test('reads the result: conclusion, chart, intervals, backtest, errors', async () => {
    const conclusion = page.getByRole('region', { name: 'Conclusion' });
    expect((await conclusion.getByRole('heading').innerText()).length).toBeGreaterThan(20);
    await drawnForecast(page, 12).waitFor();
    await page.getByText('90% interval', { exact: true }).first().waitFor();
    await page.getByText('Backtest', { exact: true }).first().waitFor();

    const values = page.getByRole('table', { name: 'Values' });
    expect(await values.getByRole('row').count()).toBe(13);
    await values.getByRole('columnheader', { name: '80% interval' }).waitFor();
    await page.getByRole('combobox', { name: 'What the table shows' }).click();
    await page
      .getByRole('option', { name: /^Backtest/ })
      .first()
      .click();
    await values.getByRole('columnheader', { name: 'Actual' }).waitFor();

    const methods = page.getByRole('table', { name: 'Errors per method' });
    // The head, what was planned, and the blend of the best.
    expect(await methods.getByRole('row').count()).toBe(planned.length + 2);
    await methods.getByText('Blend', { exact: true }).first().waitFor();
    for (const column of ['MASE', 'sMAPE', 'WQL', 'inside 80%', 'CPU time'])
      await methods.getByRole('columnheader', { name: column }).waitFor();
    const series = page.getByRole('table', { name: 'Errors per series' });
    expect(await series.getByRole('row').count()).toBe(4);
    await series.getByRole('button', { name: '福岡店' }).click();
    await page.getByRole('img', { name: /^福岡店: .* forecasts 12 steps/ }).waitFor();
    // Another method's forecast, one click away and back.
    await page
      .getByRole('table', { name: 'Ranks and errors of the methods' })
      .getByRole('button', { name: 'Last value' })
      .click();
    await page.getByRole('img', { name: /Last value forecasts 12 steps/ }).waitFor();
    await page.getByRole('button', { name: 'Back to the best' }).click();
  });

  test('downloads the forecast and the record', async () => {
    const saved = async (name: string): Promise<string> => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: new RegExp(`^${name.replace('.', '\\.')}`) }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(name);
      return readFileSync(await download.path(), 'utf8');
    };
    const [head, ...rows] = (await saved('forecast.csv')).trim().split(/\r?\n/);
    expect(head?.replace('\u{feff}', '')).toBe('unique_id,ds,y_hat,y_hat-lo-80,y_hat-hi-80,y_hat-lo-90,y_hat-hi-90');
    expect(rows.length).toBe(36);
    expect(rows[0]).toMatch(/^"?[東大福]..?店"?,2028-01/);
    const record = JSON.parse(await saved('run.json')) as Record<string, unknown>;
    expect(JSON.stringify(record)).toContain('"horizon":12');
  });

  test('finds the run at home and in the history', async () => {
    await page.getByRole('link', { name: 'To the home page' }).or(page.getByTitle('To the home page')).first().click();
    await page.getByRole('region', { name: 'Recent results' }).getByRole('link', { name: '店舗別売上' }).waitFor();
    await page
      .getByRole('region', { name: 'Since your last visit' })
      .getByRole('img', { name: /Actual values and forecast/ })
      .waitFor();
    await page.getByRole('navigation', { name: 'Main pages' }).getByRole('link', { name: 'History' }).click();
    const table = page.getByRole('table');
    await table.getByText('店舗別売上').first().waitFor();
    const filter = page.getByRole('textbox', { name: 'Filter' });
    await filter.fill('model:auto_ets mase<50 店舗');
    await page.waitForURL(/q=model/);
    await table.getByRole('link', { name: '店舗別売上' }).first().waitFor();
    await filter.fill('mase<0.0001');
    await page.getByText('No run matches').waitFor();
    await page.getByRole('button', { name: 'Clear all conditions' }).click();
    await table.getByRole('link', { name: '店舗別売上' }).first().click();
    await page.waitForURL(new RegExp(`/runs/\\d+/`));
  });

  test('mends a faulty table with one click each', async () => {
    await open('/forecast/new/');
    await drop(page, faultyTable(files, '本店売上.csv'));
    const found = page.getByRole('region', { name: 'What was found' });
    await found.getByText('Several rows for the same time').waitFor();
    await found
      .getByText(/\b1[34]\b/)
      .first()
      .waitFor();
    await found.getByText('Times are missing').waitFor();
    await page.getByText(/still needs? a choice/).waitFor();
    expect(await useData(page).isDisabled()).toBe(true);
    await found.getByRole('button', { name: /^Take the mean/ }).click();
    await until('nothing is left to choose', async () => !(await useData(page).isDisabled()));
    await found.getByRole('button', { name: /^Fill from the values around/ }).click();
    await page.getByText('1 series, 84 rows, monthly').waitFor();
    await until('the choice was checked', async () => !(await useData(page).isDisabled()));
    await useData(page).click();
    await page.getByText('What was found on import').waitFor();
  });
});

describe('nothing is lost', () => {
  let run = 0;
  test('a reload in the middle keeps everything', async () => {
    await open('/forecast/new/');
    await drop(page, panel(files, 'panel.csv', 80));
    await useData(page).click();
    await setBudget(page, 300);
    run = await start(page);
    await drawnForecast(page, 12).waitFor();
    // The forecast is drawn before its errors are known.
    const before = await until('a method has its rank', async () => {
      const names = await ranked(page);
      return names.length > 0 && names;
    });
    await page.reload();
    await drawnForecast(page, 12).waitFor();
    expect(await ranked(page)).toEqual(expect.arrayContaining(before));
    expect((await runStatus(run)).status).toBe('running');
  });

  test('kill -9 of the server: the page waits and goes on by itself', async () => {
    await page.evaluate(() => (document.body.dataset['kept'] = 'yes'));
    const before = await ranked(page);
    const { home, connection } = product;
    await product.kill();
    await page.getByText(/^The connection to the server was lost/).waitFor();
    product = await startProduct({ home, port: Number(new URL(connection.url).port) });
    await page.getByText(/^The connection to the server was lost/).waitFor({ state: 'hidden' });
    await page.getByText(/^Trying methods/).waitFor();
    expect(await ranked(page)).toEqual(expect.arrayContaining(before));
    // The same page, never loaded again, and nobody had to sign in.
    expect(await page.evaluate(() => document.body.dataset['kept'])).toBe('yes');
    expect((await runStatus(run)).status).toBe('running');
    // Cancelled, it leaves the machine to the next one and keeps its record.
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
    await status(page, 'Cancelled').waitFor();
  });

  test('pause, resume and stop, which keeps what is finished', async () => {
    await open('/forecast/new/');
    await drop(page, panel(files, 'smaller panel.csv', 12));
    await useData(page).click();
    await setBudget(page, 300);
    run = await start(page);
    // At once, while methods still wait for their turn; those at work finish first.
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused. The clock stands still').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText(/^Trying methods/).waitFor();
    await drawnForecast(page, 12).waitFor();
    const before = await ranked(page);
    await page.getByRole('button', { name: 'Stop here' }).click();
    await page.getByRole('dialog').getByText('the best of them becomes the result').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop here' }).click();
    await status(page, 'Stopped, kept').waitFor();
    expect(await ranked(page)).toEqual(expect.arrayContaining(before));
    await page.getByRole('link', { name: /^forecast\.csv/ }).waitFor();
    expect(await runStatus(run)).toMatchObject({ status: 'succeeded', outcome: 'stopped' });
  });
});

describe('later', () => {
  test.skipIf(!existsSync(LOTO6))('lottery draws are recognized, and honestly judged', async () => {
    await open('/forecast/new/');
    await drop(page, LOTO6);
    await page.getByText('Read as “Loto 6”').waitFor();
    await page.getByText(/^7 series/).waitFor();
    await useData(page).click();
    await setBudget(page, 20);
    await start(page);
    await status(page, 'Done').waitFor({ timeout: 90_000 });
    const verdict = await page.getByRole('region', { name: 'Conclusion' }).innerText();
    expect(verdict).not.toMatch(/smaller errors than|on average \d+ ?% smaller/);
  });

  test("next month's rows become the next version", async () => {
    await open('/datasets/');
    await page.getByRole('table', { name: 'Data' }).getByRole('link', { name: '店舗別売上' }).click();
    // The page before this one takes a dropped file too, as new data.
    await page.getByText('Drop the continuing file here').waitFor();
    await drop(page, wideTable(files, '翌月.csv', 120, 1));
    await page.getByRole('button', { name: 'Append as the next version' }).click();
    await page.getByText('Version 2 was made.').waitFor();
    await page.getByText('Jan 2018 – Jan 2028').waitFor();
    await page.getByRole('link', { name: 'version 1', exact: true }).click();
    await page.getByText('You are looking at version 1').waitFor();
    await page.getByText('Jan 2018 – Dec 2027').waitFor();
  });

  test('signing out, a wrong password, and in again', async () => {
    await page.getByRole('button', { name: 'admin: menu' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL(/\/login\//);
    await open(`/runs/${first}/`);
    await page.waitForURL(/\/login\//);
    await signIn(page, product.connection.url, `${PASSWORD}!`);
    await page.getByText('The user name or the password is wrong.').waitFor();
    await signIn(page, product.connection.url);
    await page.getByRole('heading', { name: 'Hello, admin' }).waitFor();
  });

  test('none of the twelve tables, nor the record of all models, was left empty', async () => {
    const db = connect(product.connection.databaseUrl, { max: 1 });
    try {
      const counts: Record<string, number> = {};
      for (const table of TABLES) {
        const { count } = await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow();
        counts[table] = Number(count);
      }
      expect(Object.keys(counts).filter((table) => counts[table] === 0)).toEqual([]);
    } finally {
      await db.destroy();
    }
  });

  test('no script failed and no rule of the content policy was broken on the way', () => {
    expect(screen.errors).toEqual([]);
  });
});
