/** `./minori test [unit|engine|e2e|full]`: every check and suite; the last line is `N passed, N failed`. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, fetchEngine, GROUPS, type Group, steps } from './test-steps.ts';

interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
}

const [mode = 'all', ...rest] = process.argv.slice(2);
const groups: readonly Group[] = mode === 'all' || mode === 'full' ? GROUPS : GROUPS.filter((group) => group === mode);
if (groups.length === 0 || rest.length > 0) {
  process.stderr.write('Usage: ./minori test [unit|engine|e2e|full]\n');
  process.exit(2);
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = true));

const temporary = mkdtempSync(join(tmpdir(), 'minori-check-'));
// As root, PostgreSQL runs as another user, who must be able to enter.
chmodSync(temporary, 0o755);
const env: Record<string, string> = {
  // No test may touch the home of the person who runs it.
  MINORI_HOME: join(temporary, 'home'),
  ...(mode === 'full' ? { MINORI_TEST_FULL: '1' } : {}),
};

const outcomes: Outcome[] = [];
fetchEngine(groups);
try {
  for (const step of steps) {
    if (interrupted || !step.groups.some((group) => groups.includes(group))) continue;
    process.stdout.write(`\n== ${step.name}\n`);
    const started = performance.now();
    const counts = await step.run({ temporary, env });
    outcomes.push({ name: step.name, seconds: (performance.now() - started) / 1000, ...counts });
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

process.stdout.write('\n');
for (const line of outcomes.flatMap((outcome) => outcome.red ?? [])) process.stdout.write(`  FAILED ${line}\n`);
for (const outcome of outcomes) process.stdout.write(`${describe(outcome)}\n`);
if (interrupted) process.stdout.write('interrupted: the rest did not run\n');
const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
const failed = sum('failed') + (interrupted ? 1 : 0);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
process.stdout.write(`\n${sum('passed')} passed, ${failed} failed${skipped}\n`);
process.exitCode = failed > 0 || sum('passed') === 0 ? 1 : 0;

function describe({ name, seconds, passed, failed: red, skipped: left, note }: Outcome): string {
  const words = [passed > 0 && `${passed} passed`, red > 0 && `${red} FAILED`, left > 0 && `${left} skipped`, note];
  return `  ${name.padEnd(40)} ${`${seconds.toFixed(1)} s`.padStart(8)}   ${words.filter(Boolean).join(', ')}`;
}
