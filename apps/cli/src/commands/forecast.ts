/** `minori forecast DATA --horizon H`: from a file to forecast.csv, leaderboard.csv, report.html and run.json. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { forecastResult, LAST_RESORT_MODEL, outputRules, run as runSchema } from '@minori/contract';
import type { OwnBaseline } from '@minori/contract';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { openData, type DataOptions } from '../data-source.ts';
import { FailedError, UsageError } from '../problems.ts';
import { givenRunId, writeOutputInfo } from '../run-context.ts';
import type { Client } from '../client.ts';
import { openServer } from '../connection.ts';
import type { Session } from '../session.ts';
import { table } from '../session.ts';
import { watchRun } from '../watch.ts';

const seconds = (value: string): number => {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h)?$/.exec(value.trim());
  if (match === null) throw new UsageError('budget_malformed', { value });
  return Number(match[1]) * { s: 1, m: 60, h: 3600 }[(match[2] ?? 's') as 's' | 'm' | 'h'];
};
const whole = (name: string, value: string): number => {
  if (!/^-?\d+$/.test(value.trim())) throw new UsageError('not_a_number', { name, value });
  return Number(value);
};
const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value.map(String) : String(value).split(',')).map((item) => item.trim()).filter(Boolean);

/** Keys of `--config F.yaml`: the options' own names. */
const configFile = z.strictObject({
  horizon: z.number().optional(),
  freq: z.string().optional(),
  holidays: z.string().optional(),
  mode: z.string().optional(),
  models: z.union([z.string(), z.array(z.string())]).optional(),
  budget: z.union([z.string(), z.number()]).optional(),
  trials: z.number().optional(),
  level: z.union([z.string(), z.number(), z.array(z.number())]).optional(),
  seed: z.number().optional(),
  name: z.string().optional(),
  tags: z.array(z.string()).optional(),
  run: z.strictObject({ id: z.string() }).optional(),
  output: outputRules.optional(),
});

export interface ForecastOptions extends DataOptions {
  readonly horizon?: string;
  readonly freq?: string;
  readonly holidays?: string;
  readonly mode?: string;
  readonly models?: string;
  readonly budget?: string;
  readonly trials?: string;
  readonly level?: string;
  readonly seed?: string;
  readonly config?: string;
  readonly out?: string;
  readonly outputInfo?: string;
  readonly nonNegative?: boolean;
  readonly integer?: boolean;
  readonly lower?: string;
  readonly upper?: string;
  readonly total?: string;
  readonly totalMethod?: string;
  readonly baseline?: string;
  readonly baselineName?: string;
}

const decimal = (name: string, value: string): number => {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw new UsageError('not_a_number', { name, value });
  return number;
};

/** Options over the file's own rules; undefined when nobody asked for any. */
function rulesOf(
  options: ForecastOptions,
  file: z.infer<typeof outputRules> | undefined,
): Record<string, unknown> | undefined {
  const rules: Record<string, unknown> = { ...file };
  if (options.nonNegative === true) rules['lower'] = 0;
  if (options.lower !== undefined) rules['lower'] = decimal('--lower', options.lower);
  if (options.upper !== undefined) rules['upper'] = decimal('--upper', options.upper);
  if (options.integer === true) rules['integer'] = true;
  if (options.total !== undefined)
    rules['total'] = {
      series: options.total,
      ...(options.totalMethod === undefined ? {} : { method: options.totalMethod }),
    };
  return Object.keys(rules).length === 0 ? undefined : rules;
}

/** `--baseline` is a file with unique_id, ds, y_hat, or a column that came along with the data. */
async function baselineOf(
  session: Session,
  client: Client,
  { baseline, baselineName, acceptFixes }: ForecastOptions,
): Promise<OwnBaseline | undefined> {
  if (baseline === undefined) return undefined;
  const name = baselineName ?? session.texts.say('forecast.own');
  if (statSync(baseline, { throwIfNoEntry: false })?.isFile() !== true) return { name, column: baseline };
  const map = 'unique_id=unique_id,ds=ds,y=y_hat';
  const added = await openData(session, client, baseline, {
    name,
    map,
    ...(acceptFixes === true ? { acceptFixes } : {}),
  });
  return { name, dataset_id: added.id, dataset_version: added.latest.version };
}

function readConfig(file: string | undefined): z.infer<typeof configFile> {
  if (file === undefined) return {};
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new UsageError('config_unreadable', { file });
  }
  const parsed = configFile.safeParse(parseYaml(text, { maxAliasCount: 20 }) ?? {});
  if (!parsed.success) throw new UsageError('config_malformed', { file, detail: z.prettifyError(parsed.error) });
  return parsed.data;
}

/** The request as far as the person stated it; the server's planner judges the values. */
function requestOf(options: ForecastOptions): Record<string, unknown> {
  const config = readConfig(options.config);
  const horizon = options.horizon === undefined ? config.horizon : whole('--horizon', options.horizon);
  if (horizon === undefined) throw new UsageError('horizon_missing');
  const budget = options.budget ?? config.budget;
  const trials = options.trials === undefined ? config.trials : whole('--trials', options.trials);
  const models = options.models ?? config.models;
  const level = options.level ?? config.level;
  const seed = options.seed === undefined ? config.seed : whole('--seed', options.seed);
  const mode = options.mode ?? config.mode;
  const freq = options.freq ?? config.freq;
  const holidays = options.holidays ?? config.holidays;
  const name = options.name ?? config.name;
  const output = rulesOf(options, config.output);
  const runId = givenRunId() ?? config.run?.id;
  return {
    horizon,
    ...(budget === undefined ? {} : { budget_seconds: seconds(String(budget)) }),
    ...(trials === undefined ? {} : { trials }),
    ...(models === undefined ? {} : { models: listOf(models) }),
    ...(level === undefined ? {} : { levels: listOf(level).map((item) => whole('--level', item)) }),
    ...(seed === undefined ? {} : { seed }),
    ...(mode === undefined ? {} : { mode }),
    ...(freq === undefined ? {} : { freq }),
    ...(holidays === undefined ? {} : { holidays }),
    ...(name === undefined ? {} : { name }),
    ...(config.tags === undefined ? {} : { tags: config.tags }),
    ...(output === undefined ? {} : { output }),
    ...(runId === undefined ? {} : { run_id: runId }),
  };
}

export async function forecast(session: Session, data: string, options: ForecastOptions): Promise<void> {
  const { texts } = session;
  const request = requestOf(options);
  const client = await openServer(session, { engine: true });
  const dataset = await openData(session, client, data, { ...options, runId: request['run_id'] as string | undefined });
  const baseline = await baselineOf(session, client, options);
  const question = { dataset_id: dataset.id, ...request, ...(baseline === undefined ? {} : { baseline }) };
  const started = await client.post('/api/v1/forecasts', question, runSchema);
  session.note(
    texts.say('forecast.started', { id: started.id, run_id: started.run_id, url: `${client.url}/runs/${started.id}/` }),
  );
  writeOutputInfo(options.outputInfo, {
    id: started.id,
    run_id: started.run_id,
    dataset_key: dataset.key,
    dataset_version: dataset.latest.version,
  });

  const ended = await watchRun(session, client, started.id);
  if (ended.status !== 'succeeded') {
    const code = ended.failure?.code ?? ended.status;
    throw new FailedError('run_ended', {
      id: ended.id,
      status: texts.say(`status.${ended.status}`),
      reason: texts.word('problems', [code], ended.failure?.params ?? {}) ?? code,
    });
  }
  const result = await client.get(`/api/v1/runs/${started.id}/result`, forecastResult);
  const document = JSON.parse(await client.text(`/api/v1/runs/${started.id}/files/run.json`)) as Record<
    string,
    unknown
  >;
  if (options.out !== undefined) {
    const out = resolve(options.out);
    mkdirSync(out, { recursive: true });
    const files: Record<string, string> = {};
    for (const { name } of result.files) {
      await client.download(`/api/v1/runs/${started.id}/files/${encodeURIComponent(name)}`, join(out, name));
      files[name] = join(out, name);
    }
    document['files'] = files;
  }
  if (session.json) {
    session.print(JSON.stringify(document, null, 2));
    return;
  }
  if (result.verdict !== null) session.print(texts.language === 'ja' ? result.verdict.text_ja : result.verdict.text_en);
  const standIn =
    result.best?.model === LAST_RESORT_MODEL ? texts.word('models', [LAST_RESORT_MODEL, 'description']) : null;
  if (standIn !== null && standIn !== undefined) session.print(standIn);
  const number = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  session.print(
    table([
      ['#', texts.say('forecast.model'), 'MASE', 'sMAPE', 'WQL', texts.say('forecast.seconds')],
      ...result.leaderboard.map((row) => [
        row.rank === null ? '–' : `${row.rank}${row.tied ? '=' : ''}`,
        row.label ?? texts.word('models', [row.model, 'name']) ?? row.model,
        number(row.mase),
        number(row.smape),
        number(row.wql),
        row.seconds === null ? '–' : row.seconds.toFixed(1),
      ]),
    ]),
  );
  if (options.out !== undefined) session.print(texts.say('forecast.written', { out: resolve(options.out) }));
}
