/** Configuration, home, log and words: what every start rests on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { ProblemError } from '@minori/contract';
import { fillIn, problemText } from '@minori/contract/texts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig, REPOSITORY } from './config.ts';
import { displayName, writeFileAtomic } from './files.ts';
import { lockHome, openHome, readConnection, writeConnection } from './home.ts';
import { decodeIdCursor, encodeCursor, pageOf } from './keyset.ts';
import { createLogger, openLog } from './log.ts';
import { localeOf, sentence } from './messages.ts';
import { newRunId } from './run-id.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minori-platform-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the configuration', () => {
  async function write(at: string, name: string, text: string): Promise<void> {
    await mkdir(join(folder, at, 'config'), { recursive: true });
    await writeFile(join(folder, at, 'config', name), text);
  }
  const read = (env: Record<string, string> = {}) => readConfig(join(folder, 'home'), env, join(folder, 'repository'));

  test('as it is shipped says what the code says without it', async () => {
    const shipped = await readConfig(join(folder, 'home'), {}, REPOSITORY);
    expect(shipped).toEqual(await read());
  });

  test('of the home overrules the checkout, .env overrules both, the environment overrules all', async () => {
    await write('repository', 'ui_config.yaml', 'server:\n  port: 1111\n  host: 127.0.0.2\n');
    await write('home', 'ui_config.yaml', 'server:\n  port: 2222\n');
    expect((await read()).server).toMatchObject({ port: 2222, host: '127.0.0.2' });
    await writeFile(join(folder, 'repository', '.env'), 'MINORI_PORT=3333\nDATABASE_URL=postgresql://u:p@h/d\n');
    expect(await read()).toMatchObject({ server: { port: 3333 }, database: { url: 'postgresql://u:p@h/d' } });
    expect((await read({ MINORI_PORT: '4444', MINORI_ALLOWED_HOSTS: 'a.example, b.example' })).server).toMatchObject({
      port: 4444,
      allowed_hosts: ['a.example', 'b.example'],
    });
  });

  test.for([
    ['an unknown key', 'server:\n  prot: 1\n', 'prot'],
    ['a wrong value', 'server:\n  port: high\n', 'server.port'],
    ['no mapping', '- a\n- b\n', 'mapping'],
    ['broken YAML', 'server: [\n', ''],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(8)}]\nc: &c [${'*b,'.repeat(8)}]\nd: [${'*c,'.repeat(8)}]\n`,
      'alias',
    ],
  ] as const)('with %s is refused with its place', async ([, text, part]) => {
    await write('home', 'ui_config.yaml', text);
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).code).toBe('config_invalid');
    expect(String((error as ProblemError).params['file'])).toContain('ui_config.yaml');
    expect(String((error as ProblemError).params['detail'])).toContain(part);
  });

  test('from the environment is checked as well', async () => {
    await expect(read({ MINORI_PORT: 'eighty' })).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(read({ DATABASE_URL: 'mysql://x' })).rejects.toMatchObject({ code: 'config_invalid' });
  });
});

describe('the home', () => {
  test('keeps to one server, and lets go of a killed one', async () => {
    const home = await openHome(join(folder, 'home'));
    const unlock = await lockHome(home);
    await writeConnection(home, { url: 'http://127.0.0.1:1', token: 't', databaseUrl: 'd', mlflowUrl: null, pid: 42 });
    await expect(lockHome(home)).rejects.toMatchObject({
      code: 'home_in_use',
      params: { url: 'http://127.0.0.1:1', pid: 42 },
    });
    unlock();
    const script = `import { homeAt, lockHome } from ${JSON.stringify(join(import.meta.dirname, 'home.ts'))};\nawait lockHome(homeAt(${JSON.stringify(home.root)}));\nconsole.log('locked');\nsetInterval(() => {}, 1000);\n`;
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
      { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    await expect(lockHome(home)).rejects.toMatchObject({ code: 'home_in_use' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await lockHome(home))();
  });

  test('is private below its door', async () => {
    const home = await openHome(join(folder, 'home'));
    for (const path of [home.run, home.spool, home.uploads, home.tmp]) expect((await stat(path)).mode & 0o077).toBe(0);
    await writeConnection(home, { url: 'u', token: 't', databaseUrl: 'd', mlflowUrl: null, pid: 1 });
    expect((await stat(home.connectionFile)).mode & 0o777).toBe(0o600);
    await writeFile(home.connectionFile, 'not json');
    expect(await readConnection(home)).toBeNull();
  });

  test('that cannot be made says so', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openHome(join(folder, 'file', 'home'))).rejects.toMatchObject({ code: 'home_unreachable' });
  });
});

describe('files', () => {
  test('are whole or absent', async () => {
    const path = join(folder, 'a.json');
    await writeFileAtomic(path, 'one', 0o600);
    await writeFileAtomic(path, 'two', 0o600);
    expect(await readFile(path, 'utf8')).toBe('two');
    await expect(writeFileAtomic(join(folder, 'none', 'a.json'), 'x')).rejects.toThrow('ENOENT');
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  test('have names that are only shown', () => {
    expect(displayName('../../a/b.csv')).toBe('b.csv');
    expect(displayName('売上\u0000\u202E.csv')).toBe('売上.csv');
    expect(displayName('..')).toBe('data');
    expect(displayName('C:\\Users\\x\\y.csv')).toBe('y.csv');
  });
});

describe('the log', () => {
  test('holds no secret', () => {
    const out = new PassThrough();
    const log = createLogger('info', out);
    log.info(
      {
        password: 'hunter22',
        user: { token: 'abc123def' },
        request: { headers: { authorization: 'Bearer zzz999', cookie: 'c00kie', 'x-api-key': 'k3y' } },
        databaseUrl: 'postgresql://u:pw9@h/d',
      },
      'x',
    );
    const text = String(out.read());
    for (const secret of ['hunter22', 'abc123def', 'zzz999', 'c00kie', 'k3y', 'pw9'])
      expect(text).not.toContain(secret);
  });

  test('moves aside when it is large', async () => {
    await writeFile(join(folder, 'server.log'), 'x'.repeat(70_000));
    for (let round = 0; round < 3; round++) {
      const file = openLog(folder, { level: 'info', max_bytes: 65_536, keep: 2 });
      file.log.info({ filler: 'y'.repeat(70_000) }, 'line');
      file.close();
    }
    expect((await readdir(folder)).toSorted()).toEqual(['server.log', 'server.log.1', 'server.log.2']);
  });
});

describe('pages', () => {
  test('give a mark only when there is more', () => {
    const present = (row: { id: number }) => row.id;
    expect(pageOf([{ id: 3 }, { id: 2 }], 2, present, ({ id }) => [id])).toEqual({ items: [3, 2], next: null });
    const { items, next } = pageOf([{ id: 3 }, { id: 2 }, { id: 1 }], 2, present, ({ id }) => [id]);
    expect(items).toEqual([3, 2]);
    expect(decodeIdCursor(next ?? '')).toBe(2);
    for (const bad of [
      '',
      'x',
      encodeCursor(['text']),
      encodeCursor([1, 2]),
      Buffer.from('{"a":1}').toString('base64url'),
    ])
      expect(() => decodeIdCursor(bad)).toThrow('cursor_invalid');
  });
});

describe('words', () => {
  test('exist in both languages for every code that can be thrown', async () => {
    const codes = await thrownCodes();
    expect(codes.size).toBeGreaterThan(60);
    for (const code of codes)
      for (const locale of ['ja', 'en'] as const)
        expect({ locale, code, text: problemText(locale, code) }).not.toEqual({ locale, code, text: code });
  });

  test('are the same codes with the same places in both', async () => {
    const read = async (locale: string) =>
      JSON.parse(
        await readFile(join(REPOSITORY, 'packages', 'contract', 'src', 'texts', `problems.${locale}.json`), 'utf8'),
      ) as Record<string, string>;
    const [ja, en] = [await read('ja'), await read('en')];
    expect(Object.keys(ja)).toEqual(Object.keys(en));
    const places = (text = '') => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).toSorted();
    for (const code of Object.keys(en))
      expect({ code, places: places(ja[code]) }).toEqual({ code, places: places(en[code]) });
  });

  test('fill in what they are given, and nothing of the object behind it', () => {
    expect(fillIn('{{a}} {{b}} {{constructor}} {{c}}', { a: 1, b: ['x'], c: null })).toBe('1 ["x"] ? ?');
    expect(problemText('en', '__proto__')).toBe('__proto__');
    expect(sentence('ja', new ProblemError('port_in_use', 409, { port: 1, other: 2 }))).toContain('ポート 1');
    expect(sentence('en', new Error('boom'))).toBe('The set-up failed: boom [setup_failed]');
    expect([localeOf({ LANG: 'ja_JP.UTF-8' }), localeOf({ LC_ALL: 'C', LANG: 'ja_JP' }), localeOf({})]).toEqual([
      'ja',
      'en',
      'en',
    ]);
  });
});

/** Codes in `new ProblemError('…')`, `databaseProblem('…')` and the tables that map others to them. */
async function thrownCodes(): Promise<Set<string>> {
  const codes = new Set<string>();
  for (const root of [
    'apps/server/src',
    ...(await readdir(join(REPOSITORY, 'packages'))).map((name) => `packages/${name}/src`),
  ]) {
    const files = await readdir(join(REPOSITORY, root), { recursive: true }).catch(() => []);
    for (const file of files) {
      if (!file.endsWith('.ts') || file.includes('testing') || file.endsWith('.test.ts')) continue;
      const text = await readFile(join(REPOSITORY, root, file), 'utf8');
      for (const [, code] of text.matchAll(/(?:ProblemError|databaseProblem|problemOf)\(\s*'([a-z_]+)'/g))
        if (code) codes.add(code);
      if (file.endsWith('http/problems.ts') || file.endsWith('identity/mount.ts'))
        for (const [, code] of text.matchAll(/code: '([a-z_]+)'|[A-Z_]+: '([a-z_]+)'/g)) if (code) codes.add(code);
    }
  }
  return codes;
}

test('a run id tells its second in UTC', () => {
  expect(newRunId({ now: () => Date.UTC(2025, 10, 13, 4, 5, 6) })).toMatch(/^20251113-040506-[0-9a-f]{6}$/);
});
