/** Unpacks the browser before files run beside each other: one that is still being written cannot be started. */
import { findBrowser } from '../tools/browser.ts';

export async function setup(): Promise<void> {
  await findBrowser();
}
