/** Vitest's globalSetup: unpacks the browser before files run beside each other; one that is still being written cannot be started. */
import { findBrowser } from './browser.ts';

export async function setup(): Promise<void> {
  await findBrowser();
}
