/** The short walk with the network cut: product and browser alone on a loopback of their own. The engine is installed already. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { findBrowser } from '../tools/browser.ts';
import { wideTable } from './files.ts';
import { makeFolder, removeHome, startProduct } from './product.ts';
import { drawnForecast, drop, openScreen, setPassword, start, status, useData } from './screen.ts';

/** Brings loopback up in the new namespace; Python is there wherever Minori is. */
const LOOPBACK_UP =
  'import fcntl,os,socket,struct,sys; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 1)); os.execvp(sys.argv[1], sys.argv[1:])';
const CUT = ['unshare', '--net', 'python3', '-c', LOOPBACK_UP];
const permitted = spawnSync(CUT[0] ?? '', [...CUT.slice(1), 'true']).status === 0;

describe('without a network', () => {
  test.skipIf(!permitted)('from the link to the forecast', async () => {
    const home = makeFolder();
    const product = await startProduct({ home, prefix: CUT });
    try {
      // Nothing outside is reached from where the product runs.
      const inside = (...command: string[]) => [
        'nsenter',
        '--net',
        '--target',
        String(product.connection.pid),
        ...command,
      ];
      const [enter = '', ...rest] = inside(
        'python3',
        '-c',
        'import socket; print([name for _, name in socket.if_nameindex()])',
      );
      expect(execFileSync(enter, rest, { encoding: 'utf8' }).trim()).toBe("['lo']");

      const { path, args } = await findBrowser();
      const cutBrowser = join(makeFolder(), 'browser');
      writeFileSync(cutBrowser, `#!/bin/sh\nexec ${inside(path).join(' ')} "$@"\n`);
      chmodSync(cutBrowser, 0o755);
      const browser = await chromium.launch({ executablePath: cutBrowser, args: [...args], headless: true });
      try {
        const { page, errors } = await openScreen(browser);
        await setPassword(page, product.setupLink());
        await page.getByRole('link', { name: 'Start with your own file' }).click();
        await drop(page, wideTable(makeFolder(), '店舗別売上.csv', 0, 60));
        await useData(page).click();
        await start(page);
        await drawnForecast(page, 12).waitFor();
        await status(page, 'Done').waitFor();
        await page.getByRole('link', { name: /^forecast\.csv/ }).waitFor();
        // Letters and pictures came along: none was asked for elsewhere.
        expect(await page.evaluate(() => [...document.fonts].some((font) => font.status === 'loaded'))).toBe(true);
        expect(errors).toEqual([]);
      } finally {
        await browser.close();
      }
    } finally {
      await product.stop();
      await removeHome(home);
    }
  });
});
