/** Every page of the product and what to wait for on it, so that nothing is judged before it is drawn. */
import type { Page } from 'playwright-core';
import { faultyTable } from './files.ts';

/** Numbers and links of what the test has made; filled before a stop is visited. */
export interface Made {
  dataset: number;
  finished: number;
  again: number;
  held: number;
  ingest: number;
  passwordLink: string;
  theme: number;
  picture: number;
}

export interface Stop {
  readonly name: string;
  readonly path: () => string;
  /** By role and structure, not by words: pages are visited in two languages. */
  readonly ready: (page: Page) => Promise<unknown>;
  readonly signedOut?: boolean;
}
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).waitFor();
const rows = (page: Page) => page.getByRole('row').nth(1).waitFor();

/** Each tab of the administration, by what stands in it once it is drawn. */
const ADMIN_TABS = {
  users: 'tbody tr',
  projects: 'tbody tr',
  themes: 'tbody tr',
  labels: 'tbody tr',
  images: 'tbody tr',
  models: 'input',
  keys: 'input[type=password]',
  machine: 'canvas',
  audit: 'tbody tr',
} as const;

/** `folder`: where a stop may write the file that it drops. */
export const stops = (made: Made, folder: () => string): readonly Stop[] => [
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
      await page.getByTestId('file-input').setInputFiles(faultyTable(folder(), '本店売上.csv'));
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
  ...Object.entries(ADMIN_TABS).map(([tab, drawn]): Stop => ({
    name: `admin: ${tab}`,
    path: () => `/admin/?tab=${tab}`,
    ready: (page) => page.getByRole('tabpanel').locator(drawn).first().waitFor(),
  })),
  { name: 'help', path: () => '/help/', ready: heading },
  { name: 'an address that does not exist', path: () => '/no/such/page/', ready: heading },
  {
    name: 'a run that does not exist',
    path: () => '/runs/999999/',
    ready: (page) => page.getByRole('alert').first().waitFor(),
  },
];
