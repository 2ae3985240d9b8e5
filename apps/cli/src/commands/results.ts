/** `minori runs refresh|reproduce|compare|adjust`: what can be done with results. */
import {
  adjustment,
  forecastResult,
  page,
  ProblemError,
  reproduction,
  run as runSchema,
  runDetail,
} from '@minori/contract';
import type { ForecastResult, Run } from '@minori/contract';
import type { Client } from '../client.ts';
import { openServer } from '../connection.ts';
import { addFile, findDataset, type DataOptions } from '../data-source.ts';
import { EXIT, UsageError } from '../problems.ts';
import { writeOutputInfo } from '../run-context.ts';
import { table, type Session } from '../session.ts';
import { watchRun } from '../watch.ts';

/** The same winners on newer data; with `--data` its rows are appended first. */
export async function refreshRun(
  session: Session,
  id: string,
  options: DataOptions & { data?: string; outputInfo?: string },
): Promise<void> {
  const client = await openServer(session, { engine: true });
  const path = `/api/v1/runs/${encodeURIComponent(id)}`;
  if (options.data !== undefined) {
    const { run } = await client.get(path, runDetail);
    const key = String(run.parameters['Data']?.['dataset_key'] ?? '');
    const appendTo = await findDataset(client, key);
    if (appendTo === null) throw new UsageError('data_not_found', { data: key });
    const { name: _name, ...how } = options;
    await addFile(session, client, options.data, { ...how, appendTo });
  }
  const started = await client.post(
    `${path}/refresh`,
    options.name === undefined ? {} : { name: options.name },
    runSchema,
  );
  writeOutputInfo(options.outputInfo, { id: started.id, run_id: started.run_id });
  session.note(
    session.texts.say('forecast.started', {
      id: started.id,
      run_id: started.run_id,
      url: `${client.url}/runs/${started.id}/`,
    }),
  );
  const ended = await watchRun(session, client, started.id);
  if (session.json) session.print(JSON.stringify(ended, null, 2));
  else
    session.print(
      session.texts.say('runs.acted', { id: ended.id, status: session.texts.say(`status.${ended.status}`) }),
    );
}

/** Exit code 1 when an array differs beyond the tolerance. */
export async function reproduceRun(session: Session, id: string): Promise<number> {
  const { texts } = session;
  const client = await openServer(session, { engine: true });
  const started = await client.post(`/api/v1/runs/${encodeURIComponent(id)}/reproduce`, {}, runSchema);
  await watchRun(session, client, started.id);
  const made = await client.get(`/api/v1/runs/${started.id}/reproduction`, reproduction);
  if (session.json) session.print(JSON.stringify({ id: started.id, ...made }, null, 2));
  else {
    session.print(texts.say(`reproduce.${made.answer ?? 'unfinished'}`, { run_id: made.source_run_id }));
    const first = made.first_difference === null ? undefined : made.steps[made.first_difference];
    const named = (step: string, model: string | null): string =>
      [texts.say(`reproduce.step.${step}`), model === null ? '' : (texts.word('models', [model, 'name']) ?? model)]
        .join(' ')
        .trim();
    if (first !== undefined) session.print(texts.say('reproduce.first', { step: named(first.step, first.model) }));
    session.print(
      table(
        made.steps.map(({ step, model, answer, difference }) => [
          named(step, model),
          texts.say(`reproduce.answer.${answer}`),
          difference === null || difference === 0 ? '' : difference.toExponential(1),
        ]),
      ),
    );
  }
  return made.answer === 'identical' || made.answer === 'within_tolerance' ? EXIT.done : EXIT.failed;
}

interface Difference {
  readonly what: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** Only what differs: parameters, the outcome, then errors. */
export async function compareRuns(session: Session, first: string, second: string): Promise<void> {
  const client = await openServer(session);
  const [a, b] = await Promise.all([factsOf(client, first), factsOf(client, second)]);
  const names = [...new Set([...a.facts.keys(), ...b.facts.keys()])];
  const differences = names.flatMap((what): Difference[] => {
    const [one, two] = [a.facts.get(what) ?? null, b.facts.get(what) ?? null];
    return JSON.stringify(one) === JSON.stringify(two) ? [] : [{ what, a: one, b: two }];
  });
  if (session.json) {
    const named = ({ id, run_id: runId, name }: Run) => ({ id, run_id: runId, name });
    session.print(
      JSON.stringify(
        { a: named(a.run), b: named(b.run), same: names.length - differences.length, differences },
        null,
        2,
      ),
    );
    return;
  }
  const { texts } = session;
  if (differences.length === 0) session.print(texts.say('compare.same'));
  else
    session.print(
      table([
        ['', `${a.run.id} ${a.run.name}`, `${b.run.id} ${b.run.name}`],
        ...differences.map(({ what, a: one, b: two }) => [what, shown(one), shown(two)]),
      ]),
    );
}

const shown = (value: unknown): string =>
  value === null
    ? '–'
    : typeof value === 'number'
      ? String(Number(value.toPrecision(5)))
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);

async function factsOf(client: Client, id: string): Promise<{ run: Run; facts: Map<string, unknown> }> {
  const path = `/api/v1/runs/${encodeURIComponent(id)}`;
  const { run } = await client.get(path, runDetail);
  const facts = new Map<string, unknown>();
  for (const [section, values] of Object.entries(run.parameters))
    for (const [name, value] of Object.entries(values)) facts.set(`${section}.${name}`, value);
  facts.set('status', run.status);
  const result = await resultOf(client, path);
  facts.set('best', result?.best?.model ?? null);
  facts.set('verdict', result?.verdict?.code ?? run.verdict);
  for (const [metric, value] of Object.entries(run.metrics)) facts.set(metric, value);
  for (const row of result?.leaderboard ?? []) facts.set(`mase.${row.label ?? row.model}`, row.mase);
  facts.set('seconds', run.active_seconds);
  return { run, facts };
}

/** Null for a run that is no search. */
async function resultOf(client: Client, path: string): Promise<ForecastResult | null> {
  try {
    return await client.get(`${path}/result`, forecastResult);
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'not_a_forecast') return null;
    throw error;
  }
}

/** A person's number beside the model's; `--value none` takes it back. */
export async function adjustRun(
  session: Session,
  id: string,
  options: { series: string; ds: string; value: string; note?: string },
): Promise<void> {
  const value = options.value === 'none' ? null : Number(options.value);
  if (options.value.trim() === '' || (value !== null && !Number.isFinite(value)))
    throw new UsageError('not_a_number', { name: '--value', value: options.value });
  const client = await openServer(session);
  const item = { unique_id: options.series, ds: options.ds, value, note: options.note ?? '' };
  const answer = await client.post(
    `/api/v1/runs/${encodeURIComponent(id)}/adjustments`,
    { items: [item] },
    page(adjustment),
  );
  if (session.json) {
    session.print(JSON.stringify(answer, null, 2));
    return;
  }
  session.print(
    table([
      ['unique_id', 'ds', 'y_hat', 'y_adjusted', session.texts.say('adjust.author'), session.texts.say('adjust.note')],
      ...answer.items.map((one) => [one.unique_id, one.ds, shown(one.y_hat), shown(one.value), one.author, one.note]),
    ]),
  );
}
