/** From `submit` to the task's first line of code, in a child of the warm host and in a fresh process that imports the same. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEngine } from '@minori/engine-env';
import { createPythonHost, readSpool, SPOOL_START } from '@minori/executor';
import { median, print } from './line.ts';

const RUNS = 15;
const engineSource = fileURLToPath(new URL('../engine/src', import.meta.url));
const { python } = await ensureEngine({});
const home = mkdtempSync(join(tmpdir(), 'minori-bench-'));
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const host = createPythonHost({ python, engineSource, home, log: quiet });
await host.start();

/** Milliseconds until the task says that it has started. */
async function start(attempt: number): Promise<number> {
  const folder = join(home, 'spool', String(attempt));
  const begun = new Promise<number>((resolve) => {
    const off = host.on('wake', (attemptId) => {
      if (attemptId !== attempt) return;
      void readSpool(folder, SPOOL_START).then(({ records }) => {
        if (!records.some((record) => record.type === 'started')) return;
        off();
        resolve(performance.now());
      });
    });
  });
  const from = performance.now();
  await host.submit({
    protocol: 1,
    attempt_id: attempt,
    run_id: 1,
    kind: 'selftest.echo',
    slot: 'batch',
    folder,
    seed: 1,
    limits: { memory_bytes: null, threads: 1, seconds: null, grace_seconds: 1 },
    input: {},
  });
  return (await begun) - from;
}

const forked: number[] = [];
for (let at = 1; at <= RUNS; at += 1) forked.push(await start(at));
await host.close({ leave: false });
rmSync(home, { recursive: true, force: true });

const imports = 'import numpy, pandas, pyarrow, statsforecast, utilsforecast';
const fresh: number[] = [];
for (let at = 0; at < 4; at += 1) {
  const from = performance.now();
  const { status } = spawnSync(python, ['-c', imports], { env: { ...process.env, OMP_NUM_THREADS: '1' } });
  if (status !== 0) throw new Error(`${imports} failed`);
  fresh.push(performance.now() - from);
}
// the first one reads the libraries from disk
print({
  name: 'task-start',
  ours: median(forked),
  reference: median(fresh.slice(1)),
  unit: 'ms',
  against: 'fresh process',
});
