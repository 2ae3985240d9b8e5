/** What a person does in the browser, said once for all end-to-end tests and for the pictures of the guides. */
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

export const PASSWORD = 'a ripe field in autumn';

/** The browser's own words for an answer that was not 2xx, or for a server that is away: the pages handle both. */
const EXPECTED = /Failed to load resource/;

export interface Screen {
  readonly page: Page;
  /** Errors of scripts and of the content security policy since the page was opened. */
  readonly errors: string[];
}

export async function openScreen(browser: Browser, options: BrowserContextOptions = {}): Promise<Screen> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', ...options });
  // Cold pages on a busy machine; what must be fast is measured where it is asked.
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) errors.push(message.text());
  });
  return { page, errors };
}

/** In one pass inside the page: none of ours has frames from elsewhere, and the usual way opens a second page for every judgement. */
export const axe = (page: Page): AxeBuilder => new AxeBuilder({ page }).setLegacyMode();

/** The single-use link, to the home page. */
export async function setPassword(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel(/^New password(?! again)/).fill(PASSWORD);
  await page.getByLabel(/^New password again/).fill(PASSWORD);
  await page.getByRole('button', { name: 'Set the password and begin' }).click();
  await page.getByRole('heading', { name: /Hello/ }).waitFor();
}

export async function signIn(page: Page, url: string, password = PASSWORD): Promise<void> {
  await page.goto(new URL('/login/', url).href);
  await page.getByLabel(/^User name/).fill('admin');
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Drops a file on the drop zone, as the mouse does. */
export async function drop(page: Page, path: string): Promise<void> {
  const zone = page.getByText(/^Drop (a|the continuing) file here$/).locator('..');
  await zone.waitFor();
  const carried = await page.evaluateHandle(
    ({ name, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0) ?? 0);
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    { name: basename(path), base64: readFileSync(path).toString('base64') },
  );
  await zone.dispatchEvent('dragover', { dataTransfer: carried });
  await zone.dispatchEvent('drop', { dataTransfer: carried });
}

export const startButton = (page: Page): Locator => page.getByRole('button', { name: 'Start', exact: true });
export const useData = (page: Page): Locator => page.getByRole('button', { name: 'Use this data' });
/** The forecast chart, once it shows a forecast; `steps` is its horizon. */
export const drawnForecast = (page: Page, steps: number): Locator =>
  page.getByRole('img', { name: new RegExp(`forecasts ${steps} steps, from`) });
export const status = (page: Page, text: string): Locator => page.getByRole('main').getByText(text, { exact: true });

/** Names of the methods whose errors stand on the leaderboard, best first. */
export async function ranked(page: Page): Promise<string[]> {
  // A long table shows its head first.
  const whole = page.getByRole('button', { name: /^Show all \d+$/ });
  if (await whole.isVisible()) await whole.click();
  const rows = page.getByRole('table', { name: 'Ranks and errors of the methods' }).locator('tbody tr');
  const texts = await rows.evaluateAll((found) =>
    found.map((row) => [row.querySelector('td')?.textContent ?? '', row.querySelector('button')?.textContent ?? '']),
  );
  return texts.filter(([rank]) => /^\d/.test(rank ?? '')).map(([, name]) => name ?? '');
}

/** Presses Start on a filled-in page and answers the run's id. */
export async function start(page: Page): Promise<number> {
  await startButton(page).click();
  await page.waitForURL(/\/runs\/\d+\/$/);
  return Number(/\/runs\/(\d+)\//.exec(page.url())?.[1]);
}

/** Moves the budget slider to one of its stops. */
export async function setBudget(page: Page, seconds: number): Promise<void> {
  const stops = [10, 20, 30, 60, 120, 300, 600, 1800, 3600];
  const slider = page.getByRole('slider', { name: /^(Time to spend|かける時間)/ });
  await slider.press('Home');
  for (let at = 0; at < stops.indexOf(seconds); at += 1) await slider.press('ArrowRight');
}

/** Where a test failed, as a picture to look at. */
export async function pictureOf(page: Page, name: string): Promise<void> {
  const folder = join(tmpdir(), 'minori-e2e-failures');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name.replaceAll(/\W+/g, '-')}.png`);
  await page.screenshot({ path, fullPage: true }).catch(() => null);
  process.stdout.write(`picture: ${path} at ${page.url()}\n`);
}
