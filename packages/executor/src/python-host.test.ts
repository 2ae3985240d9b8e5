import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureEngine } from '@minori/engine-env';
import { expect, test } from 'vitest';
import { createPythonHost } from './python-host.ts';
import { hostConformance } from './testing/suite.ts';

const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: Record<string, unknown>) => console.error(fields),
};
const engineSource = fileURLToPath(new URL('../../../engine/src', import.meta.url));
const { python } = await ensureEngine();

const create = (home: string) => createPythonHost({ home, python, engineSource, log: quiet });

hostConformance({ kind: 'python', startMs: 180_000, create });

/** Command lines of the processes of now that name `text`. */
async function processesOf(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text));
}

test.each([0, 2, 10, 30, 300])(
  'closed %d ms after its start, a host leaves nobody in its home',
  async (milliseconds) => {
    const home = await mkdtemp(join(tmpdir(), 'minori-closed-'));
    const host = create(home);
    const started = host.start();
    await delay(milliseconds);
    await host.close({ leave: false });
    await started;
    expect(await processesOf(home)).toEqual([]);
    await rm(home, { recursive: true });
    expect(host.state().state).toBe('down');
  },
);
