import { afterAll, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeHost } from './node-host.ts';
import { createOnDemandHost } from './on-demand-host.ts';

const home = await mkdtemp(join(tmpdir(), 'minori-demand-'));
afterAll(async () => await rm(home, { recursive: true, force: true, maxRetries: 5 }));
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const until = async (is: () => boolean): Promise<void> => await expect.poll(is, { timeout: 10_000 }).toBe(true);

test('a host that comes when it is wanted, goes when nothing happens, and comes again', async () => {
  let lives = 0;
  const host = createOnDemandHost({
    kind: 'node',
    create: () => {
      lives += 1;
      return createNodeHost({ home, modules: {}, log: quiet });
    },
    log: quiet,
    idleSeconds: 0.4,
  });
  const heard: string[] = [];
  host.on('ready', () => heard.push('ready'));
  expect(host.state().state).toBe('down');
  expect(lives).toBe(0);
  host.want?.();
  host.want?.();
  await until(() => host.state().state === 'ready');
  await until(() => host.state().state === 'down');
  expect(lives).toBe(1);
  host.want?.();
  await until(() => host.state().state === 'ready');
  expect(lives).toBe(2);
  expect(heard).toEqual(['ready', 'ready']);
  await host.close({ leave: false });
  host.want?.();
  expect(lives).toBe(2);
});
