/** `minori runs list|show|logs|stop|cancel|pause|resume|clone`. */
import { readFileSync, statSync } from 'node:fs';
import {
  cloneAnswer,
  logLine,
  page,
  run as runSchema,
  runDetail,
  runPage,
  type Run,
  type RunAction,
} from '@minori/contract';
import { parse as parseYaml } from 'yaml';
import { openServer } from '../connection.ts';
import { UsageError } from '../problems.ts';
import { writeOutputInfo } from '../run-context.ts';
import { table, type Session } from '../session.ts';

const logPage = page(logLine);

export async function listRuns(
  session: Session,
  options: { q?: string; limit?: string; cursor?: string; all?: boolean },
): Promise<void> {
  const client = await openServer(session);
  const query = new URLSearchParams({ limit: options.limit ?? '50', scope: options.all === true ? 'all' : 'roots' });
  if (options.q !== undefined) query.set('q', options.q);
  if (options.cursor !== undefined) query.set('cursor', options.cursor);
  const answer = await client.get(`/api/v1/runs?${query}`, runPage);
  if (session.json) {
    session.print(JSON.stringify(answer, null, 2));
    return;
  }
  const { texts } = session;
  session.print(
    table([
      [
        'id',
        'run_id',
        texts.say('runs.kind'),
        texts.say('runs.name'),
        texts.say('runs.status'),
        texts.say('runs.created'),
      ],
      ...answer.items.map((run) => [
        String(run.id),
        run.run_id,
        run.kind,
        run.name,
        texts.say(`status.${run.status}`),
        run.created_at,
      ]),
    ]),
  );
  if (answer.next !== null) session.note(texts.say('more', { cursor: answer.next }));
}

const metricCells = (run: Run): string[] =>
  Object.entries(run.metrics)
    .slice(0, 3)
    .map(([name, value]) => `${name} ${value === null ? '–' : value.toPrecision(4)}`);

export async function showRun(session: Session, id: string): Promise<void> {
  const client = await openServer(session);
  const detail = await client.get(`/api/v1/runs/${encodeURIComponent(id)}`, runDetail);
  if (session.json) {
    session.print(JSON.stringify({ ...detail.run, children: detail.children }, null, 2));
    return;
  }
  const { texts } = session;
  const { run } = detail;
  const line = (key: string, value: string): string[] => [texts.say(`runs.${key}`), value];
  session.print(
    table([
      ['id', String(run.id)],
      ['run_id', run.run_id],
      line('name', run.name),
      line(
        'status',
        texts.say(`status.${run.status}`) +
          (run.queue_position === null ? '' : ` (${texts.say('runs.queue', { position: run.queue_position })})`),
      ),
      line('data', run.dataset_name === null ? '–' : `${run.dataset_name} v${run.dataset_version ?? ''}`),
      line('created', run.created_at),
      line('used', `${run.active_seconds.toFixed(1)} s, CPU ${run.cpu_seconds.toFixed(1)} s`),
      line('tags', run.tags.join(' ')),
    ]),
  );
  if (run.failure !== null)
    session.print(texts.word('problems', [run.failure.code], run.failure.params) ?? run.failure.code);
  for (const [section, values] of Object.entries(run.parameters)) {
    session.print(`\n[${section}]`);
    session.print(
      table(
        Object.entries(values).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      ),
    );
  }
  if (detail.children.length === 0) return;
  session.print('');
  session.print(
    table(
      detail.children.map((child: Run) =>
        [
          String(child.id),
          child.kind,
          texts.word('models', [child.name, 'name']) ?? child.name,
          texts.say(`status.${child.status}`),
        ].concat(metricCells(child)),
      ),
    ),
  );
}

export async function showLogs(
  session: Session,
  id: string,
  options: { level?: string; q?: string; limit?: string; cursor?: string },
): Promise<void> {
  const client = await openServer(session);
  const query = new URLSearchParams({ limit: options.limit ?? '200' });
  for (const name of ['level', 'q', 'cursor'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  const answer = await client.get(`/api/v1/runs/${encodeURIComponent(id)}/logs?${query}`, logPage);
  if (session.json) session.print(JSON.stringify(answer, null, 2));
  else
    for (const line of answer.items.toReversed())
      session.print(`${line.at} ${line.level.padEnd(7)} ${line.run_id} ${line.message}`);
}

export async function actOnRun(session: Session, id: string, action: RunAction): Promise<void> {
  const client = await openServer(session);
  const run = await client.post(`/api/v1/runs/${encodeURIComponent(id)}/actions`, { action }, runSchema);
  if (session.json) session.print(JSON.stringify(run, null, 2));
  else
    session.print(session.texts.say('runs.acted', { id: run.id, status: session.texts.say(`status.${run.status}`) }));
}

/** JSON text, or the name of a YAML file. */
function readOverrides(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  const file = statSync(text, { throwIfNoEntry: false })?.isFile() === true;
  let value: unknown;
  try {
    value = file ? parseYaml(readFileSync(text, 'utf8'), { maxAliasCount: 20 }) : JSON.parse(text);
  } catch (error) {
    throw new UsageError('overrides_malformed', { detail: (error as Error).message });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new UsageError('overrides_malformed', { detail: text });
  return value as Record<string, unknown>;
}

export async function cloneRun(
  session: Session,
  id: string,
  options: { overrides?: string; dryRun?: boolean; outputInfo?: string },
): Promise<void> {
  const overrides = readOverrides(options.overrides);
  const client = await openServer(session);
  const answer = await client.post(
    `/api/v1/runs/${encodeURIComponent(id)}/clone`,
    { overrides, dry_run: options.dryRun === true },
    cloneAnswer,
  );
  if (answer.run !== null) writeOutputInfo(options.outputInfo, { id: answer.run.id, run_id: answer.run.run_id });
  if (session.json) session.print(JSON.stringify(answer, null, 2));
  else if (answer.run === null) session.print(JSON.stringify(answer.request, null, 2));
  else
    session.print(
      session.texts.say('forecast.started', {
        id: answer.run.id,
        run_id: answer.run.run_id,
        url: `${client.url}/runs/${answer.run.id}/`,
      }),
    );
}
