/**
 * The API while two trials run, in a home with 10,000 runs and 10,000,000 metric points: p95 of the
 * list, of one run and of a chart of 1,000,000 points, the way of an event to an SSE reader, and the
 * server's own share of the CPU. References: the bare SQL of the same run; the aims of the design.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@minori/database';
import { sql } from 'kysely';
import { makeFolder, removeHome, startProduct, until, type Product } from '../e2e/product.ts';
import { print, quantile } from './line.ts';

const RUNS = 10_000;
const LONG_RUNS = 10;
const POINTS = 1_000_000;
const CHUNK = 1_000;
const READS = 200;

const home = makeFolder();
const product = await startProduct({ home });
const db = connect(product.connection.databaseUrl, { max: 2, statementTimeout: 0 });

/** 10,000 finished searches; the newest ten carry a series of a million points each. */
async function fill(): Promise<number> {
  const { rows: members } = await sql<{
    project_id: number;
    user_id: string;
  }>`select project_id, user_id from project_member limit 1`.execute(db);
  const [member] = members;
  if (member === undefined) throw new Error('no project');
  await sql`
    insert into training_runs (project_id, owner_id, run_id, kind, track, name, status, outcome, spec, metrics, tags, seed, started_at, finished_at)
    select ${member.project_id}, ${member.user_id}, '20250101-000000-' || lpad(to_hex(n), 6, '0'), 'search', 'forecast', 'filled ' || n,
      'succeeded', 'complete', '{}', jsonb_build_object('mase', (n % 200) / 100.0), array['filled'], 1, now(), now()
    from generate_series(1, ${RUNS}) n`.execute(db);
  const { rows } = await sql<{
    id: number;
  }>`select id from training_runs where name like 'filled %' order by id desc limit ${LONG_RUNS}`.execute(db);
  for (const { id } of rows) {
    await sql`
      insert into metric_chunk (run_id, series, first_step, last_step, count, min, max, values)
      select ${id}, 'loss', n * ${CHUNK}, (n + 1) * ${CHUNK} - 1, ${CHUNK}, 1 / (n + 2.0), 1 / (n + 1.0), decode(repeat('00', ${CHUNK * 16}), 'hex')
      from generate_series(0, ${POINTS / CHUNK - 1}) n`.execute(db);
  }
  await sql`analyze`.execute(db);
  return rows[0]?.id ?? 0;
}

/** A panel on which two families work for longer than the measurement takes. */
async function busy(product: Product): Promise<number> {
  const lines = ['unique_id,ds,y'];
  for (let series = 0; series < 1000; series += 1) {
    for (let step = 0; step < 240; step += 1) {
      const value = 100 + 20 * Math.sin((2 * Math.PI * step) / 12) + ((series * 7919 + step * 104_729) % 1000) / 50;
      lines.push(`s${series},${2000 + Math.floor(step / 12)}-${String((step % 12) + 1).padStart(2, '0')}-01,${value}`);
    }
  }
  const file = join(home, 'busy.csv');
  writeFileSync(file, lines.join('\n'));
  const added = await product.cli('--json', 'dataset', 'add', file);
  if (added.code !== 0) throw new Error(added.stderr);
  const { id } = JSON.parse(added.stdout) as { id: number };
  const run = await product.json<{ id: number }>('/api/v1/forecasts', {
    dataset_id: id,
    horizon: 12,
    budget_seconds: 1200,
    models: ['naive', 'auto_ets', 'dynamic_optimized_theta'],
  });
  return run.id;
}

async function p95(read: () => Promise<unknown>): Promise<number> {
  await read();
  const times: number[] = [];
  for (let at = 0; at < READS; at += 1) {
    const from = performance.now();
    await read();
    times.push(performance.now() - from);
  }
  return quantile(times, 0.95);
}
const get = (path: string) => async (): Promise<void> => {
  const answer = await product.call(path);
  if (!answer.ok) throw new Error(`${answer.status} ${path}`);
  await answer.arrayBuffer();
};

/** CPU seconds of a process so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

try {
  const longRun = await fill();
  const root = await busy(product);
  const two = async (): Promise<boolean> => {
    const { queue } = await product.json<{ queue: { running: number } }>('/api/v1/system/status');
    const { rows } = await sql<{ n: number }>`select count(*)::int n from run_attempt where status = 'running'`.execute(
      db,
    );
    return queue.running > 0 && (rows[0]?.n ?? 0) >= 2;
  };
  await until('two trials run', two, 60);

  const cpuFrom = cpuSeconds(product.connection.pid);
  const wallFrom = performance.now();
  const wallStart = Date.now();
  const latencies: number[] = [];
  const stream = new AbortController();
  const reading = (async () => {
    const answer = await product.call(`/api/v1/runs/${root}/events?after=0`, { signal: stream.signal });
    let buffer = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const now = Date.now();
      buffer += chunk;
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const data = /^data: ?(.*)$/m.exec(buffer.slice(0, end))?.[1];
        buffer = buffer.slice(end + 2);
        const at = data === undefined ? NaN : Date.parse((JSON.parse(data) as { created_at: string }).created_at);
        if (at > wallStart) latencies.push(now - at);
      }
    }
  })().catch((error: unknown) => {
    if (!stream.signal.aborted) throw error;
  });
  // From the trials' start: what a search costs at its begin is spread over what its trials take.
  await delay(50_000);
  const share = (cpuSeconds(product.connection.pid) - cpuFrom) / ((performance.now() - wallFrom) / 1000);

  const bareList = await p95(() =>
    sql`select * from training_runs where parent_id is null order by id desc limit 50`.execute(db),
  );
  const list = await p95(get('/api/v1/runs?limit=50'));
  const filtered = await p95(get(`/api/v1/runs?limit=50&q=${encodeURIComponent('mase<0.5 tag:filled')}`));
  const bareRun = await p95(() => sql`select * from training_runs where root_id = ${root}`.execute(db));
  const one = await p95(get(`/api/v1/runs/${root}`));
  const bareChart = await p95(() =>
    sql`select first_step, last_step, min, max from metric_chunk where run_id = ${longRun} and series = 'loss' order by first_step`.execute(
      db,
    ),
  );
  const chart = await p95(get(`/api/v1/runs/${longRun}/metrics?series=loss`));
  if (!(await two())) process.stderr.write('remark: fewer than two trials ran at the end of the measurement\n');
  stream.abort();
  await reading;

  print({
    name: 'reads list p95',
    ours: list,
    reference: bareList,
    unit: 'ms',
    against: 'bare SQL',
    extra: 'aim < 20 ms',
  });
  print({
    name: 'reads filtered list p95',
    ours: filtered,
    reference: bareList,
    unit: 'ms',
    against: 'bare SQL of the list',
    extra: 'aim < 20 ms',
  });
  print({
    name: 'reads run p95',
    ours: one,
    reference: bareRun,
    unit: 'ms',
    against: 'bare SQL',
    extra: 'aim < 20 ms',
  });
  print({
    name: 'reads chart p95',
    ours: chart,
    reference: bareChart,
    unit: 'ms',
    against: 'bare SQL',
    extra: '1,000,000 points, aim < 20 ms',
  });
  print({
    name: 'reads event p95',
    ours: quantile(latencies, 0.95),
    reference: 100,
    unit: 'ms',
    against: 'aim',
    extra: `${latencies.length} events`,
  });
  print({
    name: 'reads server CPU',
    ours: (share * 100) / availableParallelism(),
    reference: 2,
    unit: '% of the CPU',
    against: 'aim',
    extra: `${(share * 100).toPrecision(3)} % of one core; two trials running, one SSE reader`,
  });
} finally {
  await db.destroy();
  await product.stop();
  await removeHome(home);
}
