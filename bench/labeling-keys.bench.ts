/**
 * 200 pictures labeled by keyboard in the browser, one key each: from the first press until the server has them all,
 * against as many presses of a key that means nothing. Near 1, the keys are the bound and not the server.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeDigits } from '../e2e/digits.ts';
import { makeFolder, removeHome, startProduct, until } from '../e2e/product.ts';
import { openScreen, setPassword } from '../e2e/screen.ts';
import { launchBrowser } from '../tools/browser.ts';
import { print } from './line.ts';

const PICTURES = 200;

const product = await startProduct({ home: makeFolder(), engine: false });
const browser = await launchBrowser();
try {
  const { page } = await openScreen(browser);
  await until('the pages are built', async () => (await fetch(new URL('/login/', product.connection.url))).ok, 180);
  await setPassword(page, product.setupLink());
  const { id } = await product.json<{ id: number }>('/api/theme/create/', { name: 'keys', labels: ['even', 'odd'] });
  const digits = writeDigits(join(makeFolder(), 'digits'), PICTURES / 10);
  const form = new FormData();
  for (const { path } of digits) form.append('images', new Blob([readFileSync(path)]), basename(path));
  await product.call(`/api/theme/${id}/images/upload/`, { method: 'POST', body: form });
  await page.goto(new URL(`/theme/${id}/?order=oldest`, product.connection.url).href);
  await page.getByRole('option').first().waitFor();

  const presses = async (key: (at: number) => string): Promise<number> => {
    const begin = performance.now();
    for (let at = 0; at < PICTURES; at += 1) await page.keyboard.press(key(at));
    return performance.now() - begin;
  };
  const labeled = async () => (await product.json<{ labeled: number }>(`/api/theme/${id}/statistics/`)).labeled;
  const plain = await presses(() => 'F9');
  const begin = performance.now();
  await presses((at) => (at % 2 === 0 ? '1' : '2'));
  const pressed = performance.now() - begin;
  await until('all are saved', async () => (await labeled()) === PICTURES);
  const saved = performance.now() - begin;
  print({
    name: `labeling ${PICTURES} pictures by keyboard`,
    ours: saved / PICTURES,
    reference: plain / PICTURES,
    unit: 'ms a picture',
    against: 'a key without a meaning',
    extra: `${(pressed / PICTURES).toFixed(1)} ms a press, all saved ${(saved - pressed).toFixed(0)} ms after the last`,
  });
} finally {
  await browser.close();
  await product.stop();
  await removeHome(product.home);
}
