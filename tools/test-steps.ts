/** The checks and suites of `./minori test`, in the order in which they run: cheap ones first. */
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ProblemError } from '@minori/contract';
import { ensureEngine } from '@minori/engine-env';
import { buildWebApp } from '../apps/server/src/setup/web-build.ts';
import { root, runChild } from './run-child.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why nothing was counted. */
  readonly note?: string;
  /** Each failed test by name and the first line of what it says; told again at the end, where a cut log still shows it. */
  readonly red?: readonly string[];
}

export interface StepContext {
  /** Removed afterwards. */
  readonly temporary: string;
  readonly env: Record<string, string>;
}

export interface Step {
  readonly name: string;
  readonly groups: readonly Group[];
  run(context: StepContext): Promise<Counts>;
}

export const GROUPS = ['unit', 'engine', 'e2e'] as const;
export type Group = (typeof GROUPS)[number];

/** Far above what a suite takes: one that hangs must not keep the others from being counted. */
const SUITE_SECONDS = process.argv.includes('full') ? 3 * 3600 : 1500;

const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0, note: 'nothing to run' };

export const steps: readonly Step[] = [
  { name: 'types', groups: ['unit'], run: () => check('tsc', ['-p', '.']) },
  { name: 'types of the web app', groups: ['unit'], run: () => check('tsc', ['-p', 'apps/web']) },
  { name: 'types of the end-to-end tests', groups: ['unit'], run: () => check('tsc', ['-p', 'e2e']) },
  { name: 'format', groups: ['unit'], run: () => check('oxfmt', ['--check']) },
  { name: 'lint', groups: ['unit'], run: () => check('oxlint', ['--deny-warnings']) },
  { name: 'unused code', groups: ['unit'], run: () => check('knip', ['--no-progress', '--no-config-hints']) },
  { name: 'engine environment', groups: ['unit', 'e2e'], run: () => installEngine(false) },
  {
    name: 'vitest',
    groups: ['unit'],
    run: (context) => vitest(context, 'vitest.config.ts', '{packages,apps,tools}/**/*.test.{ts,tsx}'),
  },
  {
    name: 'engine environment with its test tools',
    groups: ['engine'],
    run: () => installEngine(true),
  },
  {
    name: 'python format',
    groups: ['engine'],
    run: () => python('ruff', ['format', '--check', '--no-cache', 'engine']),
  },
  { name: 'python lint', groups: ['engine'], run: () => python('ruff', ['check', '--no-cache', 'engine']) },
  {
    name: 'python types',
    groups: ['engine'],
    run: async () => check('pyright', ['-p', 'engine', '--pythonpath', (await ensureEngine({ dev: true })).python]),
  },
  { name: 'pytest', groups: ['engine'], run: pytest },
  { name: 'web build', groups: ['e2e'], run: buildWeb },
  {
    name: 'end to end',
    groups: ['e2e'],
    run: (context) => vitest(context, 'e2e/vitest.config.ts', 'e2e/**/*.test.ts'),
  },
];

async function check(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Counts> {
  const status = await runChild(program, args, { env });
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function vitest(context: StepContext, config: string, tests: string): Promise<Counts> {
  if (!(await hasFiles(tests))) return NOTHING;
  const report = join(context.temporary, `${config.replaceAll('/', '-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = await runChild('vitest', ['run', '--config', config, ...reporters], {
    env: context.env,
    limitSeconds: SUITE_SECONDS,
  });
  return existsSync(report) ? countVitest(await readFile(report, 'utf8'), status) : broken(status);
}

/** A file that could not even be loaded has no test case, and counts as one failure. */
export function countVitest(report: string, status: number): Counts {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(report) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
    testResults: {
      name: string;
      status: string;
      message: string;
      assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
    }[];
  };
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = numFailedTests + unloaded.length;
  return {
    passed: numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
    red: [
      ...unloaded.map((file) => redLine(relative(root, file.name), file.message)),
      ...testResults.flatMap((file) =>
        file.assertionResults
          .filter((test) => test.status === 'failed')
          .map((test) => redLine(`${relative(root, file.name)} > ${test.fullName}`, test.failureMessages[0] ?? '')),
      ),
    ],
  };
}

function redLine(name: string, message: string): string {
  return `${name}: ${stripVTControlCharacters(message).trim().split('\n', 1)[0] ?? ''}`;
}

async function pytest(context: StepContext): Promise<Counts> {
  if (!(await hasFiles('engine/tests/**/test_*.py'))) return NOTHING;
  const engine = await ensureEngine({ dev: true });
  const report = join(context.temporary, 'pytest.xml');
  // A file stays with one worker: its fixtures, warm hosts among them, are made once.
  const workers = ['-n', '2', '--dist', 'loadfile'];
  const status = await runChild(engine.python, ['-m', 'pytest', ...workers, `--junitxml=${report}`], {
    cwd: join(root, 'engine'),
    limitSeconds: SUITE_SECONDS,
    env: { ...context.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' },
  });
  return existsSync(report) ? countJunit(await readFile(report, 'utf8'), status) : broken(status);
}

export function countJunit(report: string, status: number): Counts {
  const suite = /<testsuite [^>]*>/.exec(report)?.[0] ?? '';
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('errors') + count('failures');
  return {
    passed: count('tests') - failed - count('skipped'),
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: count('skipped'),
    red: [
      ...report.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*><(?:failure|error) message="([^"]*)"/g),
    ].map(([, file, name, message]) => redLine(`${file} > ${name}`, (message ?? '').split('&#10;', 1)[0] ?? '')),
  };
}

async function python(module: string, args: readonly string[]): Promise<Counts> {
  return check((await ensureEngine({ dev: true })).python, ['-m', module, ...args]);
}

/** As the server does it, so that no end-to-end test waits for it. */
async function buildWeb(): Promise<Counts> {
  return reported(async () => {
    await buildWebApp(join(root, 'apps', 'web', 'dist'), new AbortController().signal);
    return { passed: 1, failed: 0, skipped: 0 };
  });
}

let fetching = Promise.resolve();

/** Lets the engine's packages come while types are checked. What fails here fails, and is told, in the step that needs it. */
export function fetchEngine(groups: readonly Group[]): void {
  fetching = (async () => {
    await ensureEngine();
    if (groups.includes('engine')) await ensureEngine({ dev: true });
  })().catch(() => {});
}

async function installEngine(dev: boolean): Promise<Counts> {
  let shown = -1;
  return reported(async () => {
    await fetching;
    const engine = await ensureEngine({
      dev,
      onProgress: ({ phase, package: name, fraction }) => {
        const percent = Math.floor(fraction * 10) * 10;
        if (percent === shown) return;
        shown = percent;
        process.stdout.write(`  ${percent} % ${phase} ${name ?? ''}\n`);
      },
    });
    return { passed: 0, failed: 0, skipped: 0, note: `torch ${engine.versions['torch']}` };
  });
}

/** A named problem is one failure, told in full. */
async function reported(work: () => Promise<Counts>): Promise<Counts> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const detail = String(error.params['detail'] ?? '');
    process.stdout.write(`${error.code} ${JSON.stringify({ ...error.params, detail: undefined })}\n${detail}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function hasFiles(pattern: string): Promise<boolean> {
  const found = glob(pattern, { cwd: root, exclude: (name) => /(?:^|\/)(?:node_modules|dist)$/.test(name) });
  for await (const _file of found) return true;
  return false;
}

/** The runner ended without a report: that is one failure, whatever its status. */
function broken(status: number): Counts {
  return { passed: 0, failed: 1, skipped: 0, note: `no report, exit status ${status}` };
}
