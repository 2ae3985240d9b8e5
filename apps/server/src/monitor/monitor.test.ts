/** The machine as /proc tells it, and what runs keep of it. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResourceSnapshot } from '@minori/contract';
import { resourceSnapshot } from '@minori/contract';
import { createTestDatabase, createTestScope } from '@minori/database/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { combine, createGpuReader, parseCard } from './gpu.ts';
import { cpuTicks, createMachineReader, diskBytes, networkBytes } from './machine.ts';
import { createMonitor, KEPT_SNAPSHOTS } from './monitor.ts';
import { summarizeResources } from './summary.ts';

describe('the machine', () => {
  test('is read as the kernel writes it', () => {
    expect(cpuTicks('cpu  100 5 45 800 50 0 0 0 7 0\ncpu0 1 2 3\n')).toEqual({ busy: 150, total: 1000 });
    const disks =
      '   8       0 sda 10 0 2048 0 5 0 4096 0 0 0 0\n   8       1 sda1 10 0 2048 0 5 0 4096 0 0 0 0\n 259       0 nvme0n1 1 0 2 0 1 0 2 0 0 0 0\n   7       0 loop0 9 9 9 9 9 9 9 9 9 9 9\n';
    expect(diskBytes(disks)).toEqual({ read: 2050 * 512, written: 4098 * 512 });
    const dev =
      'Inter-|   Receive\n face |bytes\n    lo: 500 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n  eth0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\n';
    expect(networkBytes(dev)).toEqual({ received: 1000, sent: 2000 });
  });

  test('has shares between 0 and 100 and no rate at the first look', async () => {
    const look = createMachineReader(() => Date.now());
    const first = await look();
    expect(first.disk_read_mb_s).toBe(0);
    const second = await look();
    for (const use of [first, second]) {
      expect(use.cpu_percent).toBeGreaterThanOrEqual(0);
      expect(use.cpu_percent).toBeLessThanOrEqual(100);
      expect(use.memory_used_bytes).toBeGreaterThan(0);
    }
  });
});

describe('a graphics card', () => {
  test('is read line by line, several as one', () => {
    expect(parseCard('0, NVIDIA A100, 37, 1024, 40960')).toEqual({
      index: '0',
      use: { name: 'NVIDIA A100', percent: 37, vram_used_bytes: 1024 * 2 ** 20, vram_total_bytes: 40_960 * 2 ** 20 },
    });
    for (const bad of ['', 'No devices were found', '0, X, [N/A], 1, 2']) expect(parseCard(bad)).toBeNull();
    const card = (percent: number) => ({ name: 'X', percent, vram_used_bytes: 1, vram_total_bytes: 4 });
    expect(combine([card(10), card(30)])).toEqual({
      name: '2 x X',
      percent: 20,
      vram_used_bytes: 2,
      vram_total_bytes: 8,
    });
    expect(combine([])).toBeNull();
  });

  test('comes from one process that stays, and its absence is no error', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'minori-gpu-'));
    const command = join(folder, 'nvidia-smi');
    await writeFile(command, '#!/bin/sh\necho "0, Test Card, 5, 10, 20"\nexec sleep 60\n');
    await chmod(command, 0o755);
    const reader = createGpuReader(command);
    await expect.poll(() => reader.latest()?.name).toBe('Test Card');
    reader.close();
    await expect.poll(() => reader.latest()).toBeNull();
    const none = createGpuReader(join(folder, 'nothing'));
    expect(none.latest()).toBeNull();
    none.close();
    await rm(folder, { recursive: true });
  });
});

describe('a run', () => {
  test('keeps at most a thousand snapshots that cover all of it, and their summary', async () => {
    await using database = await createTestDatabase();
    const { db } = database;
    const { userId, projectId } = await createTestScope(db);
    const { id } = await db
      .insertInto('training_runs')
      .values({
        project_id: projectId,
        owner_id: userId,
        run_id: '20250101-000000-aaaaaa',
        kind: 'search',
        track: 'forecast',
        status: 'paused',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    let now = Date.UTC(2025, 0, 1);
    const start = now;
    const tasks = [
      { root_id: id, usage: { cpu_percent: 120, rss_bytes: 1000, threads: 3 } },
      { root_id: id, usage: null },
    ];
    const seen: ResourceSnapshot[] = [];
    const monitor = createMonitor({
      db,
      log: pino({ level: 'silent' }),
      now: () => (now += 1000),
      gpu: { latest: () => null, close: () => {} },
      tasks: () => tasks,
      everyMs: 1,
    });
    monitor.subscribe((snapshot) => seen.push(snapshot));
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThan(20);
    monitor.close();
    expect(resourceSnapshot.parse(seen[0])).toMatchObject({
      process_cpu_percent: 120,
      process_rss_bytes: 1000,
      process_threads: 3,
      gpu_percent: null,
    });

    const first = await db
      .selectFrom('resource_metrics')
      .selectAll()
      .where('run_id', '=', id)
      .orderBy('at')
      .limit(1)
      .executeTakeFirstOrThrow();
    const rows = Array.from({ length: 1500 }, (_unused, index) => ({
      ...first,
      at: new Date(Date.UTC(2025, 1, 1) + index * 2000),
      cpu_percent: index === 700 ? 99 : 1,
    }));
    await db.insertInto('resource_metrics').values(rows).execute();
    await sql`select fn_thin_resource_metrics(${id}, ${KEPT_SNAPSHOTS})`.execute(db);
    const kept = await db.selectFrom('resource_metrics').select('at').where('run_id', '=', id).orderBy('at').execute();
    expect(kept.length).toBeLessThanOrEqual(KEPT_SNAPSHOTS);
    expect(kept.length).toBeGreaterThan(KEPT_SNAPSHOTS / 2 - 1);
    expect(kept.at(-1)?.at.getTime()).toBe(Date.UTC(2025, 1, 1) + 1499 * 2000);

    const all = await summarizeResources(db, id, null, null);
    expect(all).toMatchObject({ samples: kept.length, process_cpu_percent_mean: 120, process_rss_bytes_max: 1000 });
    expect(await summarizeResources(db, id, new Date(start - 10_000), new Date(start))).toBeNull();
  });
});
