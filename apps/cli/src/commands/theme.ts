/** `minori theme import|list|export|split|stats|check`. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, opendir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  importFormat,
  importState,
  splitAnswer,
  themeCheck,
  themeDetail,
  themePage,
  themeStatistics,
  isFinal,
} from '@minori/contract';
import type { ImportState, Theme } from '@minori/contract';
import { ZipFile } from 'yazl';
import { z } from 'zod';
import type { Client } from '../client.ts';
import { openServer } from '../connection.ts';
import { EXIT, UsageError } from '../problems.ts';
import { table, type Session } from '../session.ts';

const startedUpload = z.object({ id: z.string(), received: z.int() });
const LOOK_MS = 500;

/** Annotations without pictures; they are for pictures that are there. */
const ANNOTATIONS = /\.(csv|tsv|json)$/i;

/** A folder or a zip becomes pictures of the theme `--name`, which is made when there is none; a CSV or JSON labels what it has. */
export async function importTheme(
  session: Session,
  source: string,
  options: { name?: string; format?: string; overwrite?: boolean },
): Promise<number | void> {
  const format = importFormat.safeParse(options.format ?? 'auto');
  if (!format.success) throw new UsageError('option_invalid', { option: '--format', value: options.format });
  const path = resolve(source);
  const facts = await stat(path).catch(() => null);
  if (facts === null) throw new UsageError('data_not_found', { data: source });
  const client = await openServer(session);
  const name = options.name ?? basename(path).replace(/\.[a-z]+$/i, '');
  const theme = ANNOTATIONS.test(path) ? await findTheme(client, name) : await themeOf(client, name);
  const folder = facts.isDirectory() ? await mkdtemp(join(tmpdir(), 'minori-import-')) : null;
  try {
    const archive = folder === null ? path : await pack(path, join(folder, 'pictures.zip'));
    const upload = await send(client, archive, theme.project_id);
    const done = await follow(
      session,
      client,
      theme.id,
      await client.post(
        `/api/v1/themes/${theme.id}/imports`,
        { upload_id: upload, format: format.data, overwrite: options.overwrite === true },
        importState,
      ),
    );
    if (session.json) session.print(JSON.stringify({ theme_id: theme.id, name: theme.name, ...done }, null, 2));
    else {
      const { created, skipped, labeled } = done;
      session.print(
        session.texts.say('theme.imported', {
          id: theme.id,
          name: theme.name,
          created,
          skipped,
          labeled,
          rejected: done.rejected_total,
        }),
      );
      if (done.kept > 0) session.note(session.texts.say('theme.kept', { kept: done.kept }));
      for (const { name, reason } of done.rejected)
        session.note(`${name}: ${session.texts.word('problems', [`image_${reason}`], {}) ?? reason}`);
    }
    if (done.status !== 'succeeded') return EXIT.failed;
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}

/** By number or name. */
export async function findTheme(client: Client, named: string): Promise<Theme> {
  const { items } = await client.get(`/api/v1/themes?limit=200&q=${encodeURIComponent(named)}`, themePage);
  const found = items.find(({ name }) => name === named);
  if (found !== undefined) return found;
  if (!/^\d+$/.test(named)) throw new UsageError('theme_not_found', { theme: named });
  return client.get(`/api/theme/${named}/`, themeDetail);
}

async function themeOf(client: Client, name: string): Promise<Theme> {
  const { items } = await client.get(`/api/v1/themes?limit=200&q=${encodeURIComponent(name)}`, themePage);
  return items.find((one) => one.name === name) ?? client.post('/api/theme/create/', { name }, themeDetail);
}

/** Links are left out: what they lead to is not in the folder. */
async function pack(folder: string, target: string): Promise<string> {
  const zip = new ZipFile();
  for await (const entry of await opendir(folder, { recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) zip.addFile(path, path.slice(folder.length + 1).replaceAll('\\', '/'), { compress: false });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target));
  return target;
}

async function send(client: Client, file: string, projectId: number): Promise<string> {
  const { size } = await stat(file);
  const begin = { name: basename(file), bytes: size, purpose: 'images', project_id: projectId };
  const { id } = await client.post('/api/v1/uploads/start', begin, startedUpload);
  await client.put(`/api/v1/uploads/${id}`, file, startedUpload);
  return id;
}

function follow(session: Session, client: Client, themeId: number, started: ImportState): Promise<ImportState> {
  const url = `/api/v1/themes/${themeId}/imports/${started.run_id}`;
  return watch(
    session,
    started,
    () => client.get(url, importState),
    (state) => state,
  );
}

/** Looks again until the run has ended, and says each tenth of the way. `runOf`: null where none was started. */
export async function watch<State>(
  session: Session,
  started: State,
  look: () => Promise<State>,
  runOf: (state: State) => Pick<ImportState, 'status' | 'progress'> | null,
): Promise<State> {
  let state = started;
  let told = -1;
  for (let run = runOf(state); run !== null && !isFinal(run.status); run = runOf(state)) {
    await sleep(LOOK_MS);
    state = await look();
    const percent = Math.floor((runOf(state)?.progress ?? 0) * 10) * 10;
    if (percent > told) session.note(session.texts.say('theme.progress', { percent }));
    told = Math.max(told, percent);
  }
  return state;
}

export async function listThemes(
  session: Session,
  options: { limit?: string; cursor?: string; q?: string },
): Promise<void> {
  const client = await openServer(session);
  const query = new URLSearchParams({
    limit: options.limit ?? '50',
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    ...(options.q === undefined ? {} : { q: options.q }),
  });
  const page = await client.get(`/api/v1/themes?${query}`, themePage);
  const column = (key: string) => session.texts.say(`theme.${key}`);
  if (session.json) session.print(JSON.stringify(page, null, 2));
  else
    session.print(
      table([
        ['id', column('name'), column('labels'), column('images'), column('labeled'), 'train', 'valid', 'test'],
        ...page.items.map(({ id, name, labels, counts }) =>
          [id, name, labels, counts.images, counts.labeled, counts.train, counts.valid, counts.test].map(String),
        ),
      ]),
    );
  if (page.next !== null && !session.json) session.note(session.texts.say('more', { cursor: page.next }));
}

export async function exportTheme(
  session: Session,
  named: string,
  options: { format?: string; out?: string },
): Promise<void> {
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const format = options.format ?? 'csv';
  const file = resolve(options.out ?? `theme-${id}-${format}.zip`);
  await client.download(`/api/v1/themes/${id}/export?format=${encodeURIComponent(format)}`, file);
  session.print(session.json ? JSON.stringify({ file }) : file);
}

export async function splitTheme(
  session: Session,
  named: string,
  options: { ratio?: string; seed?: string; reset?: string; dryRun?: boolean },
): Promise<void> {
  const shares = (options.ratio ?? '0.7,0.15,0.15').split(',').map(Number);
  if (shares.length !== 3 || shares.some((share) => !(share >= 0 && share <= 1)))
    throw new UsageError('option_invalid', { option: '--ratio', value: options.ratio });
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const [train, valid, test] = shares;
  const body = {
    train,
    valid,
    test,
    ...(options.seed === undefined ? {} : { seed: Number(options.seed) }),
    ...(options.reset === undefined ? {} : { reset: true, reason: options.reset }),
    dry_run: options.dryRun === true,
  };
  const answer = await client.post(`/api/theme/${id}/split/`, body, splitAnswer);
  session.print(session.json ? JSON.stringify(answer, null, 2) : session.texts.say('theme.split', answer));
}

export async function showStatistics(session: Session, named: string): Promise<void> {
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const statistics = await client.get(`/api/theme/${id}/statistics/`, themeStatistics);
  if (session.json) {
    session.print(JSON.stringify(statistics, null, 2));
    return;
  }
  const column = (key: string) => session.texts.say(`theme.${key}`);
  const row = (name: string, count: number, of: { train: number; valid: number; test: number; unassigned: number }) =>
    [name, count, of.train, of.valid, of.test, of.unassigned].map(String);
  session.print(
    table([
      [column('label'), column('images'), 'train', 'valid', 'test', column('unassigned')],
      ...statistics.labels.map((one) => row(one.label_name, one.count, one)),
      row(column('unlabeled'), statistics.unlabeled, statistics.unlabeled_splits),
      row(column('total'), statistics.total, statistics.splits),
    ]),
  );
}

/** Exit code 3 when something is wrong. */
export async function checkTheme(session: Session, named: string): Promise<number | void> {
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const check = await client.get(`/api/v1/themes/${id}/check`, themeCheck);
  if (session.json) session.print(JSON.stringify(check, null, 2));
  else if (check.findings.length === 0) session.print(session.texts.say('theme.check.nothing'));
  else
    for (const { code, severity, count, params, images } of check.findings)
      session.print(
        `[${severity}] ${session.texts.say(`theme.check.${code}`, { count, ...params })}${images.length === 0 ? '' : ` (${images.slice(0, 10).join(', ')}${count > 10 ? ', …' : ''})`}`,
      );
  if (!check.ok) return EXIT.refused;
}
