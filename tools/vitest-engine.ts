/** Vitest's globalSetup: names the engine's interpreter to tests that start the real engine. */
import { ensureEngine } from '@minori/engine-env';

export async function setup(): Promise<void> {
  process.env['MINORI_ENGINE_PYTHON'] = (await ensureEngine()).python;
}
