/** `minori VERB …`: verbs to functions, errors to one sentence and an exit code. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ProblemError } from '@minori/contract';
import { addDataset, listDatasets, showDataset } from './commands/dataset.ts';
import { forecast, type ForecastOptions } from './commands/forecast.ts';
import { adjustRun, compareRuns, refreshRun, reproduceRun } from './commands/results.ts';
import { actOnRun, cloneRun, listRuns, showLogs, showRun } from './commands/runs.ts';
import { restore, start, stop } from './commands/start.ts';
import { addUser, backup, doctor, status } from './commands/system.ts';
import { EXIT, exitCodeOf, FailedError, RefusedError, UsageError } from './problems.ts';
import { showAgreement, showQueue, surveyTheme, useEncoder } from './commands/theme-queues.ts';
import { checkTheme, exportTheme, importTheme, listThemes, showStatistics, splitTheme } from './commands/theme.ts';
import { visualize } from './commands/visualize.ts';
import { openSession, type GlobalOptions, type Session } from './session.ts';
import { createTexts, languageOf, type Language } from './texts.ts';

const languageArgument = process.argv.indexOf('--lang');
const language: Language =
  languageArgument > 0 && ['ja', 'en'].includes(process.argv[languageArgument + 1] ?? '')
    ? (process.argv[languageArgument + 1] as Language)
    : languageOf(process.env);
const texts = createTexts(language);
const help = (key: string): string => texts.say(`help.${key}`);

/** Runs a verb; a number it answers is the exit code. */
function verb<A extends unknown[]>(act: (session: Session, ...rest: A) => Promise<number | void>) {
  return async function (this: Command, ...given: unknown[]): Promise<void> {
    // commander gives the arguments, then the options, then the command itself
    const rest = given.slice(0, -1) as A;
    const session = openSession({ ...this.optsWithGlobals<GlobalOptions>(), lang: language });
    try {
      process.exitCode = (await act(session, ...rest)) ?? EXIT.done;
    } catch (error) {
      session.note(sentence(error, session.json));
      process.exitCode = exitCodeOf(error);
    }
  };
}

/** What went wrong, in words; with `--json` as one JSON line for programs. */
function sentence(error: unknown, json: boolean): string {
  const coded = error instanceof ProblemError || error instanceof UsageError || error instanceof FailedError;
  const text =
    error instanceof RefusedError
      ? error.lines.join('\n')
      : error instanceof ProblemError
        ? [texts.word('problems', [error.code], error.params) ?? error.code, ...problemDetails(error)].join('\n')
        : coded
          ? texts.say(`error.${error.code}`, error.params)
          : texts.say('error.unexpected', {
              detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
            });
  if (!json) return text;
  return JSON.stringify({
    error: coded ? error.code : error instanceof RefusedError ? 'refused' : 'unexpected',
    ...(coded ? { params: error.params } : {}),
    text,
  });
}

/** The fields or plan problems that a refusal names. */
function problemDetails(error: ProblemError): string[] {
  const listed = [error.params['errors'], error.params['problems']].find(Array.isArray) as
    | { code?: string; path?: string; message?: string; params?: Record<string, unknown> }[]
    | undefined;
  return (listed ?? []).map((one) => {
    const worded =
      one.code === undefined
        ? null
        : (texts.word('plan', ['problems', one.code], one.params ?? {}) ??
          texts.word('problems', [one.code], one.params ?? {}));
    return `  ${one.path === undefined ? '' : `${one.path}: `}${worded ?? one.message ?? one.code ?? ''}`;
  });
}

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('minori')
  .description(help('minori'))
  .version(version, '-V, --version', help('version'))
  .option('--home <dir>', help('home'))
  .option('--json', help('json'))
  .option('--lang <ja|en>', help('lang'))
  .helpOption('-h, --help', help('help'))
  .helpCommand('help [verb]', help('help'))
  .showHelpAfterError()
  .exitOverride();

const named = (parent: Command, usage: string, key: string): Command =>
  parent.command(usage).description(help(key)).exitOverride();
const fileOptions = (command: Command): Command =>
  command
    .option('--name <name>', help('dataset_name'))
    .option('--map <mapping>', help('map'))
    .option('--accept-fixes', help('accept_fixes'))
    .option('--fix <finding=choice...>', help('fix'))
    .option('--output-info <file>', help('output_info'));

named(program, 'start', 'start')
  .option('--port <port>', help('port'))
  .option('--host <host>', help('host'))
  .option('--insecure', help('insecure'))
  .action(verb(start));
named(program, 'stop', 'stop').action(verb((session) => stop(session)));
named(program, 'status', 'status').action(verb((session) => status(session)));
named(program, 'doctor', 'doctor').option('--port <port>', help('port')).action(verb(doctor));
named(program, 'backup <file>', 'backup').action(verb((session, file: string) => backup(session, file)));
named(program, 'restore <file>', 'restore').action(verb((session, file: string) => restore(session, file)));

const user = named(program, 'user', 'user');
named(user, 'add <name>', 'user_add').requiredOption('--role <role>', help('role')).action(verb(addUser));

fileOptions(named(program, 'forecast <data>', 'forecast'))
  .option('--horizon <h>', help('horizon'))
  .option('--freq <f>', help('freq'))
  .option('--mode <mode>', help('mode'))
  .option('--models <a,b>', help('models'))
  .option('--budget <60s>', help('budget'))
  .option('--trials <n>', help('trials'))
  .option('--holidays <jp>', help('holidays'))
  .option('--level <80,90>', help('level'))
  .option('--seed <n>', help('seed'))
  .option('--config <file>', help('config'))
  .option('--non-negative', help('non_negative'))
  .option('--integer', help('integer'))
  .option('--lower <x>', help('lower'))
  .option('--upper <x>', help('upper'))
  .option('--total <series>', help('total'))
  .option('--total-method <bottom_up|proportional>', help('total_method'))
  .option('--baseline <file|column>', help('baseline'))
  .option('--baseline-name <name>', help('baseline_name'))
  .option('--out <dir>', help('out'))
  .action(verb((session, data: string, options: ForecastOptions) => forecast(session, data, options)));

const dataset = named(program, 'dataset', 'dataset');
fileOptions(named(dataset, 'add <file>', 'dataset_add'))
  .option('--append <key>', help('append'))
  .action(verb(addDataset));
named(dataset, 'list', 'dataset_list')
  .option('--limit <n>', help('limit'))
  .option('--cursor <c>', help('cursor'))
  .action(verb(listDatasets));
named(dataset, 'show <key>', 'dataset_show').action(verb((session, key: string) => showDataset(session, key)));

const theme = named(program, 'theme', 'theme');
named(theme, 'import <source>', 'theme_import')
  .option('--name <name>', help('theme_name'))
  .option('--format <format>', help('theme_format'))
  .option('--overwrite', help('theme_overwrite'))
  .action(verb(importTheme));
named(theme, 'list', 'theme_list')
  .option('--q <text>', help('theme_q'))
  .option('--limit <n>', help('limit'))
  .option('--cursor <c>', help('cursor'))
  .action(verb(listThemes));
named(theme, 'export <theme>', 'theme_export')
  .option('--format <format>', help('theme_export_format'))
  .option('--out <file>', help('theme_out'))
  .action(verb(exportTheme));
named(theme, 'split <theme>', 'theme_split')
  .option('--ratio <train,valid,test>', help('theme_ratio'))
  .option('--seed <n>', help('seed'))
  .option('--reset <reason>', help('theme_reset'))
  .option('--dry-run', help('theme_dry_run'))
  .action(verb(splitTheme));
named(theme, 'stats <theme>', 'theme_stats').action(verb((session, name: string) => showStatistics(session, name)));
named(theme, 'survey <theme>', 'theme_survey').action(verb((session, name: string) => surveyTheme(session, name)));
named(theme, 'queue <theme>', 'theme_queue')
  .option('--kind <queue>', help('theme_queue_kind'))
  .option('--limit <n>', help('limit'))
  .option('--cursor <cursor>', help('cursor'))
  .option('--all', help('theme_queue_all'))
  .action(verb(showQueue));
named(theme, 'encoder <theme>', 'theme_encoder')
  .option('--use <name>', help('theme_encoder_use'))
  .action(verb((session, name: string, options: { use?: string }) => useEncoder(session, name, options)));
named(theme, 'agreement <theme>', 'theme_agreement').action(
  verb((session, name: string) => showAgreement(session, name)),
);
named(theme, 'check <theme>', 'theme_check').action(verb((session, name: string) => checkTheme(session, name)));

named(program, 'visualize <what> [source]', 'visualize')
  .option('--theme-id <id>', help('visualize_theme'))
  .option('--params <file>', help('visualize_params'))
  .option('--auguments <file>', help('visualize_auguments'))
  .option('--out <dir>', help('out'))
  .option('--pictures <n>', help('visualize_pictures'))
  .option('--samples <n>', help('visualize_samples'))
  .option('--batch <n>', help('visualize_batch'))
  .option('--seed <n>', help('seed'))
  .action(verb(visualize));

const runs = named(program, 'runs', 'runs');
named(runs, 'list', 'runs_list')
  .option('--q <text>', help('q'))
  .option('--all', help('all'))
  .option('--limit <n>', help('limit'))
  .option('--cursor <c>', help('cursor'))
  .action(verb(listRuns));
named(runs, 'show <id>', 'runs_show').action(verb((session, id: string) => showRun(session, id)));
named(runs, 'logs <id>', 'runs_logs')
  .option('--level <level>', help('log_level'))
  .option('--q <text>', help('log_q'))
  .option('--limit <n>', help('limit'))
  .option('--cursor <c>', help('cursor'))
  .action(verb(showLogs));
for (const action of ['stop', 'cancel', 'pause', 'resume'] as const) {
  named(runs, `${action} <id>`, `runs_${action}`).action(verb((session, id: string) => actOnRun(session, id, action)));
}
named(runs, 'clone [id]', 'runs_clone')
  .option('--task-id <id>', help('task_id'))
  .option('--overrides <json|file>', help('overrides'))
  .option('--dry-run', help('dry_run'))
  .option('--output-info <file>', help('output_info'))
  .action(
    verb(
      (
        session,
        id: string | undefined,
        options: { taskId?: string; overrides?: string; dryRun?: boolean; outputInfo?: string },
      ) => {
        const source = id ?? options.taskId;
        if (source === undefined) throw new UsageError('id_missing');
        return cloneRun(session, source, options);
      },
    ),
  );

fileOptions(named(runs, 'refresh <id>', 'runs_refresh'))
  .option('--data <file>', help('refresh_data'))
  .action(verb(refreshRun));
named(runs, 'reproduce <id>', 'runs_reproduce').action(verb((session, id: string) => reproduceRun(session, id)));
named(runs, 'compare <a> <b>', 'runs_compare').action(
  verb((session, a: string, b: string) => compareRuns(session, a, b)),
);
named(runs, 'adjust <id>', 'runs_adjust')
  .requiredOption('--series <unique_id>', help('adjust_series'))
  .requiredOption('--ds <time>', help('adjust_ds'))
  .requiredOption('--value <x|none>', help('adjust_value'))
  .option('--note <text>', help('adjust_note'))
  .action(verb(adjustRun));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has said what is wrong; help and version are no error
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
}
