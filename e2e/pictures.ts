/** Takes the pictures of README and guides from the running product: `node e2e/pictures.ts`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { faultyTable } from './files.ts';
import { makeFolder, removeHome, ROOT, startProduct } from './product.ts';
import { openScreen, setBudget, setPassword } from './screen.ts';
import { launchBrowser } from '../tools/browser.ts';

const folder = join(ROOT, 'docs', 'images');
mkdirSync(folder, { recursive: true });
const product = await startProduct({ home: makeFolder() });
const browser = await launchBrowser();
try {
  const first = await openScreen(browser);
  await setPassword(first.page, product.setupLink());
  const storageState = await first.page.context().storageState();
  for (const language of ['en', 'ja'] as const) {
    const { page } = await openScreen(browser, {
      storageState,
      locale: language === 'ja' ? 'ja-JP' : 'en-US',
      viewport: { width: 1280, height: 860 },
      reducedMotion: 'reduce',
    });
    const open = (path: string) => page.goto(new URL(path, product.connection.url).href);
    const shoot = async (name: string) => {
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, `${name}.${language}.png`), animations: 'disabled' });
    };
    await open('/forecast/new/');
    await page.getByTestId('file-input').setInputFiles(faultyTable(makeFolder(), '本店売上.csv'));
    const fix = page.locator('[role=group] button[aria-pressed]').first();
    await fix.waitFor();
    await fix.evaluate((button) => button.scrollIntoView({ block: 'center', behavior: 'instant' }));
    await shoot('findings');

    await open('/forecast/new/');
    // A single series with a clear season: the picture shows a conclusion that is sure.
    await page.locator('main ul button').nth(1).click();
    await page.locator('main svg[role=slider] path[d]').waitFor();
    await page.getByRole('checkbox').nth(6).waitFor();
    // Two minutes, so that a busy machine shows the same as an idle one.
    await setBudget(page, 120);
    // The question and the head of the plan, below the bar of the page.
    await page.locator('#fold-2').evaluate((title) => scrollTo(0, title.getBoundingClientRect().top + scrollY - 72));
    await shoot('plan');

    await page.locator('main button').last().click();
    await page.waitForURL(/\/runs\/\d+\/$/);
    // Half of the race is run: a forecast, a leaderboard and the lines of the methods.
    await page.getByRole('table').first().locator('tbody tr td b').nth(6).waitFor();
    await page.locator('main canvas').nth(1).waitFor();
    await shoot('live');
    await page.locator('a[href*="forecast.csv"]').waitFor({ timeout: 300_000 });
    await page.locator('main canvas').first().waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await shoot('result');
    await page.context().close();
  }
} finally {
  await browser.close();
  await product.stop();
  await removeHome(product.home);
}
