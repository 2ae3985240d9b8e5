/** Two equal searches at once: each one's share of the tasks' CPU seconds; a third waits; a preview answers meanwhile. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, removeHome, ROOT, startProduct, until } from '../e2e/product.ts';
import { print, quantile } from './line.ts';

interface RunFacts {
  id: number;
  status: string;
  cpu_seconds: number;
  queue_position: number | null;
}

const home = makeFolder();
const product = await startProduct({ home });
try {
  const added = await product.cli('--json', 'dataset', 'add', join(ROOT, 'samples', 'monthly-shops.csv'));
  if (added.code !== 0) throw new Error(added.stderr);
  const { id: dataset } = JSON.parse(added.stdout) as { id: number };
  const lines = ['unique_id,ds,y'];
  for (let series = 0; series < 400; series += 1) {
    for (let step = 0; step < 180; step += 1) {
      const month = `${2005 + Math.floor(step / 12)}-${String((step % 12) + 1).padStart(2, '0')}-01`;
      lines.push(
        `s${series},${month},${100 + 20 * Math.sin((2 * Math.PI * step) / 12) + ((series * 7919 + step * 104_729) % 1000) / 50}`,
      );
    }
  }
  const file = join(home, 'panel.csv');
  writeFileSync(file, lines.join('\n'));
  const panel = await product.cli('--json', 'dataset', 'add', file);
  if (panel.code !== 0) throw new Error(panel.stderr);
  const { id } = JSON.parse(panel.stdout) as { id: number };

  const search = (): Promise<RunFacts> =>
    product.json<RunFacts>('/api/v1/forecasts', { dataset_id: id, horizon: 12, budget_seconds: 300 });
  const read = async (run: RunFacts): Promise<RunFacts> =>
    (await product.json<{ run: RunFacts }>(`/api/v1/runs/${run.id}`)).run;
  const first = await search();
  const second = await search();
  const third = await product.json<RunFacts>('/api/v1/forecasts', {
    dataset_id: dataset,
    horizon: 12,
    budget_seconds: 60,
  });
  await until(
    'both work',
    async () => (await read(first)).status === 'running' && (await read(second)).status === 'running',
  );
  const waiting = await read(third);

  const previews: number[] = [];
  for (let at = 0; at < 8; at += 1) {
    const form = new FormData();
    form.append('file', new Blob([lines.slice(0, 5000).join('\n')]), 'preview.csv');
    const from = performance.now();
    const answer = await product.call('/api/v1/uploads', { method: 'POST', body: form });
    if (!answer.ok) throw new Error(await answer.text());
    previews.push(performance.now() - from);
    await delay(2_000);
  }
  const [one, two] = [(await read(first)).cpu_seconds, (await read(second)).cpu_seconds];
  print({
    name: 'fairness first search',
    ours: (100 * one) / (one + two),
    reference: 50,
    unit: '% of the CPU seconds',
    against: 'equal share',
    extra: 'aim 40-60 %',
  });
  print({
    name: 'fairness preview',
    ours: quantile(previews, 1),
    reference: 1000,
    unit: 'ms',
    against: 'aim',
    extra: `slowest of ${previews.length}, two searches running`,
  });
  print({
    name: 'fairness third search',
    ours: waiting.queue_position ?? NaN,
    reference: 1,
    unit: 'place in the queue',
    against: 'expected',
    extra: waiting.status,
  });
  for (const run of [third, second, first]) await product.json(`/api/v1/runs/${run.id}/actions`, { action: 'cancel' });
} finally {
  await product.stop();
  await removeHome(home);
}
