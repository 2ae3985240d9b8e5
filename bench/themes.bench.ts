/**
 * A theme of 100,000 pictures: its first page, a label written by each of two people at once, its
 * statistics, its queues; and 10,000 PNGs brought in as a zip against a plain loop that copies each file and inserts
 * a row. References: the bare SQL of the same read or write, and that loop.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importState, themeDetail, type ImportState, type ThemeDetail } from '@minori/contract';
import { connect } from '@minori/database';
import { numberedPng } from '@minori/images/testing';
import { sql } from 'kysely';
import { makeFolder, removeHome, startProduct } from '../e2e/product.ts';
import { print, quantile } from './line.ts';

const IMAGES = 100_000;
const FILES = 10_000;
const READS = 100;
const WRITES = 300;

const home = makeFolder();
const product = await startProduct({ home });
const db = connect(product.connection.databaseUrl, { max: 2, statementTimeout: 0 });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function samples(count: number, work: (index: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) times.push(await timed(() => work(index)));
  return times;
}

/** Rows as registering writes them; no files, since nothing here reads them. */
async function fill(theme: ThemeDetail): Promise<number> {
  const labels = theme.label_list.map(({ id }) => id);
  await sql`
    with rows as (
      insert into train_data (image_path, theme_id, label_id, split)
      select 'images/' || ${theme.id}::text || '/' || n, ${theme.id}, case when n % 3 = 0 then null else (${labels}::bigint[])[1 + n % 10] end,
        case n % 4 when 0 then 'train' when 1 then 'valid' when 2 then 'test' end
      from generate_series(1, ${IMAGES}) n returning id)
    insert into image (image_id, theme_id, sha256, name, format, bytes, width, height, channels, pixels, dhash, grey)
    select id, ${theme.id}, encode(sha256(id::text::bytea), 'hex'), id || '.png', 'png', 1000, 28, 28, 3,
      encode(sha256(id::text::bytea), 'hex'), lpad(to_hex(id), 16, '0'), decode(repeat('00', 256), 'hex') from rows`.execute(
    db,
  );
  await sql`analyze`.execute(db);
  const { rows } = await sql<{ id: number }>`select max(id) as id from train_data where theme_id = ${theme.id}`.execute(
    db,
  );
  return rows[0]?.id ?? 0;
}

const body = { name: 'large', labels: Array.from({ length: 10 }, (_unused, index) => `label ${index}`) };
const theme = themeDetail.parse(await product.json('/api/theme/create/', body));
const last = await fill(theme);
const label = theme.label_list[0]?.id ?? 0;

const page = await samples(READS, () => product.json(`/api/theme/${theme.id}/images/`));
const barePage = await samples(READS, () =>
  sql`select t.*, i.* from train_data t join image i on i.image_id = t.id where t.theme_id = ${theme.id} order by t.id desc limit 101`.execute(
    db,
  ),
);
print({
  name: 'theme first page, 100k, p95',
  ours: quantile(page, 0.95),
  reference: quantile(barePage, 0.95),
  unit: 'ms',
  against: 'its SQL',
});

const statistics = await samples(READS, () => product.json(`/api/theme/${theme.id}/statistics/`));
const bareStatistics = await samples(20, () =>
  sql`select label_id, split, count(*) from train_data where theme_id = ${theme.id} group by 1, 2`.execute(db),
);
print({
  name: 'theme statistics, 100k, p95',
  ours: quantile(statistics, 0.95),
  reference: quantile(bareStatistics, 0.95),
  unit: 'ms',
  against: 'counting rows',
});

const write = (from: number) => (index: number) =>
  product.json(`/api/theme/${theme.id}/label/update/`, { image_id: last - from - index * 2, label_id: label });
const [first, second] = await Promise.all([samples(WRITES, write(0)), samples(WRITES, write(1))]);
const bareWrites = await samples(WRITES, (index) =>
  sql`update train_data set label_id = ${label} where id = ${last - 5000 - index}`.execute(db),
);
print({
  name: 'label write, two writers, p95',
  ours: quantile([...first, ...second], 0.95),
  reference: quantile(bareWrites, 0.95),
  unit: 'ms',
  against: 'a bare update',
});

/** As a survey leaves them. */
await sql`
  insert into image_score (image_id, queue, theme_id, score, details)
  select t.id, q.name, ${theme.id}, random(), jsonb_build_object('given', t.label_id, 'label_id', 1 + t.id % 10)
  from train_data t cross join (values ('random'), ('diverse'), ('uncertain'), ('suspicious')) q (name)
  where t.theme_id = ${theme.id} and (q.name = 'random' or (q.name = 'suspicious') = (t.label_id is not null))`.execute(
  db,
);
await sql`analyze`.execute(db);
const queues = () => product.json(`/api/v1/themes/${theme.id}/queues`);
// The first look counts all pictures, those after it only what people have touched.
await queues();
const afterLabel: number[] = [];
for (let index = 0; index < READS; index++) {
  await write(10_000)(index);
  afterLabel.push(await timed(queues));
}
const bareQueues = await samples(20, () =>
  sql`select s.queue, count(*), count(*) filter (where t.label_id is null) from image_score s
    join train_data t on t.id = s.image_id where s.theme_id = ${theme.id} group by 1`.execute(db),
);
print({
  name: 'theme queues after a label, 100k, p95',
  ours: quantile(afterLabel, 0.95),
  reference: quantile(bareQueues, 0.95),
  unit: 'ms',
  against: 'counting rows',
});

const source = join(home, 'pictures');
mkdirSync(join(source, 'cat'), { recursive: true });
for (let number = 0; number < FILES; number++)
  writeFileSync(join(source, 'cat', `${number}.png`), numberedPng(number, 28));
const ours = await timed(async () => {
  const answer = await product.cli('theme', 'import', source, '--name', 'imported', '--json', '--format', 'folder');
  const state: Pick<ImportState, 'created'> = importState.loose().parse(JSON.parse(answer.stdout));
  if (state.created !== FILES) throw new Error(`${state.created} of ${FILES} came in: ${answer.stderr}`);
});
await sql`create table plain (path text, sha256 text)`.execute(db);
mkdirSync(join(home, 'plain'));
const plain = await timed(async () => {
  for (let number = 0; number < FILES; number++) {
    const file = join(source, 'cat', `${number}.png`);
    copyFileSync(file, join(home, 'plain', `${number}.png`));
    await sql`insert into plain values (${file}, ${createHash('sha256').update(file).digest('hex')})`.execute(db);
  }
});
print({
  name: 'import of 10k PNGs',
  ours: (FILES / ours) * 1000,
  reference: (FILES / plain) * 1000,
  unit: 'images/s',
  against: 'copy and insert',
});

await db.destroy();
await product.stop();
removeHome(home);
