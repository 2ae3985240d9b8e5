/** Finds a headless Chromium and starts it: MINORI_BROWSER, a browser on PATH, else the one of npm. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

export interface BrowserChoice {
  readonly path: string;
  readonly args: readonly string[];
}

export async function findBrowser(env: NodeJS.ProcessEnv = process.env): Promise<BrowserChoice> {
  const named = env['MINORI_BROWSER'];
  if (named) return { path: named, args: switches() };
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const path of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    if (isExecutable(path)) return { path, args: switches() };
  }
  const { default: packaged } = await import('@sparticuz/chromium');
  packaged.setGraphicsMode = false;
  // Its own switches are made for a serverless box: among them are single-process ones that crash with tabs.
  return { path: await packaged.executablePath(), args: switches() };
}

/** A headless browser that talks to nobody but the pages it is sent to. Close it when done. */
export async function launchBrowser(env: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  const { path, args } = await findBrowser(env);
  // Without a UTF-8 locale Chromium cannot open a file whose name is Japanese, and loses its page over it.
  return chromium.launch({ executablePath: path, args: [...args], headless: true, env: { ...env, LC_ALL: 'C.UTF-8' } });
}

function switches(): string[] {
  const args = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-domain-reliability',
    '--disable-quic',
    '--disable-sync',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-pings',
    '--metrics-recording-only',
    '--font-render-hinting=none',
    '--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication',
  ];
  // Chromium refuses its sandbox to root.
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return args;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
