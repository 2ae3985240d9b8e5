/** What an engineer does: forecast a file, look at the run, clone it, and be refused with a reason. */
import { existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, removeHome, ROOT, runCli, startProduct, type Product } from './product.ts';

const SAMPLE = join(ROOT, 'samples', 'monthly-shops.csv');
let product: Product;
let files: string;

beforeAll(async () => {
  files = makeFolder();
  product = await startProduct({ home: makeFolder() });
});
afterAll(async () => {
  await product?.stop();
  await removeHome(product.home);
});

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(files, name);
  writeFileSync(path, content);
  return path;
};
const columns = (line: string | undefined): string[] => (line ?? '').split(',');

describe('forecast', () => {
  test('a sample becomes forecasts with intervals within its budget', async () => {
    const out = join(files, 'out');
    const info = join(files, 'info.json');
    const started = Date.now();
    const answer = await product.cli(
      '--json',
      'forecast',
      SAMPLE,
      '--horizon',
      '12',
      '--budget',
      '30s',
      '--out',
      out,
      '--output-info',
      info,
    );
    const seconds = (Date.now() - started) / 1000;
    expect(answer.code, answer.stderr).toBe(0);
    expect(seconds).toBeLessThan(33);

    const lines = readFileSync(join(out, 'forecast.csv'), 'utf8').trim().split('\n');
    expect(columns(lines[0])).toEqual([
      'unique_id',
      'ds',
      'y_hat',
      'y_hat-lo-80',
      'y_hat-hi-80',
      'y_hat-lo-90',
      'y_hat-hi-90',
    ]);
    const series = new Set(lines.slice(1).map((line) => columns(line)[0]));
    expect(lines.length - 1).toBe(series.size * 12);
    for (const line of lines.slice(1)) {
      const [, , mean, low80, high80, low90, high90] = columns(line).map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      expect([low90, low80, mean, high80, high90].every(Number.isFinite), line).toBe(true);
      expect(low90 <= low80 && low80 <= mean && mean <= high80 && high80 <= high90, line).toBe(true);
    }

    const document = JSON.parse(answer.stdout) as Record<string, unknown>;
    for (const key of ['id', 'run_id', 'status', 'seconds', 'best', 'leaderboard', 'verdict', 'files'])
      expect(document).toHaveProperty(key);
    const board = document['leaderboard'] as Record<string, unknown>[];
    expect(board.map((row) => row['model'])).toEqual(
      expect.arrayContaining([
        'naive',
        'seasonal_naive',
        'historic_mean',
        'historic_median',
        'window_average',
        'auto_ets',
        'dynamic_optimized_theta',
      ]),
    );
    for (const row of board)
      for (const key of ['model', 'kind', 'mase', 'smape', 'wql', 'seconds', 'rank', 'tied'])
        expect(row).toHaveProperty(key);
    expect(['skill', 'no_skill', 'tie_with_baseline', 'too_short']).toContain(
      (document['verdict'] as Record<string, unknown>)['code'],
    );
    for (const name of ['leaderboard.csv', 'report.html', 'run.json'])
      expect(existsSync(join(out, name)), name).toBe(true);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).not.toMatch(
      /<(script|link|img)[^>]+(src|href)=["']?https?:/,
    );
    expect((JSON.parse(readFileSync(info, 'utf8')) as Record<string, unknown>)['run_id']).toBe(document['run_id']);
  });

  test('the run is found again, shown, logged and cloned', async () => {
    const list = JSON.parse((await product.cli('--json', 'runs', 'list', '--q', 'kind:search')).stdout) as {
      items: { id: number; run_id: string }[];
    };
    const [newest] = list.items;
    expect(newest).toBeDefined();
    const shown = JSON.parse((await product.cli('--json', 'runs', 'show', newest?.run_id ?? '')).stdout) as Record<
      string,
      unknown
    >;
    expect(shown['id']).toBe(newest?.id);
    expect((shown['parameters'] as Record<string, Record<string, unknown>>)['Model']).toMatchObject({ horizon: 12 });
    const logs = JSON.parse((await product.cli('--json', 'runs', 'logs', String(newest?.id))).stdout) as {
      items: unknown[];
    };
    expect(logs.items.length).toBeGreaterThan(0);

    const dry = JSON.parse(
      (
        await product.cli(
          '--json',
          'runs',
          'clone',
          '--task-id',
          String(newest?.id),
          '--overrides',
          '{"Model.horizon": 6}',
          '--dry-run',
        )
      ).stdout,
    ) as {
      run: unknown;
      request: Record<string, unknown>;
    };
    expect(dry.run).toBeNull();
    expect(dry.request).toMatchObject({ horizon: 6 });
    const poisoned = await product.cli('runs', 'clone', String(newest?.id), '--overrides', '{"__proto__.horizon": 6}');
    expect(poisoned.code).toBe(3);
  });

  test('the same file twice is one dataset; a key opens it', async () => {
    const first = JSON.parse((await product.cli('--json', 'dataset', 'add', SAMPLE)).stdout) as {
      id: number;
      key: string;
    };
    const again = JSON.parse((await product.cli('--json', 'dataset', 'add', SAMPLE)).stdout) as { id: number };
    expect(again.id).toBe(first.id);
    const detail = JSON.parse((await product.cli('--json', 'dataset', 'show', first.key)).stdout) as {
      profile: { freq: string; season: number };
    };
    expect(detail.profile).toMatchObject({ freq: 'MS', season: 12 });
    const byKey = await product.cli(
      '--json',
      'forecast',
      first.key,
      '--horizon',
      '3',
      '--models',
      'naive,seasonal_naive',
      '--budget',
      '10s',
    );
    expect(byKey.code, byKey.stderr).toBe(0);
  });
});

const MONTHS = Array.from(
  { length: 60 },
  (_, month) => `${2020 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`,
);
const long = (value: (month: number) => string, id = 'a'): string =>
  ['unique_id,ds,y', ...MONTHS.map((ds, month) => `${id},${ds},${value(month)}`)].join('\n');

describe('refusals say why and leave with 3', () => {
  test.each<[string, () => string, RegExp]>([
    ['an empty file', () => file('empty.csv', ''), /empty/i],
    [
      'a binary file named .csv',
      () =>
        file(
          'binary.csv',
          new Uint8Array(4096).map((_, at) => (at * 37) % 256),
        ),
      /not text|text file|binary/i,
    ],
    ['duplicate headers', () => file('twice.csv', long(String).replace('unique_id,ds,y', 'ds,ds,y')), /ds/],
    [
      'infinite values',
      () =>
        file(
          'infinite.csv',
          long((month) => (month === 7 ? 'inf' : String(month))),
        ),
      /9/,
    ],
  ])('%s', async (_name, make, says) => {
    const answer = await product.cli('forecast', make(), '--horizon', '6', '--budget', '5s');
    expect(answer.code, answer.stderr).toBe(3);
    expect(answer.stderr).toMatch(says);
  });

  test('a slip among the values is told with what can be done, and mended by --fix', async () => {
    const air = join(ROOT, 'samples', 'air-passengers.csv');
    const rows = readFileSync(air, 'utf8').replace('1955-08-01,347', '1955-08-01,347000');
    const path = file('slip.csv', rows);
    const told = await product.cli('dataset', 'add', path);
    expect(told.code, told.stderr).toBe(0);
    expect(told.stderr).toMatch(/1955-08-01: 347000.*--fix outlier=keep\|interpolate\|previous/);
    const mended = await product.cli('--json', 'dataset', 'add', path, '--fix', 'outlier=interpolate');
    const { id } = JSON.parse(mended.stdout) as { id: number };
    const { profile } = await product.json<{ profile: { y: { max: number } } }>(`/api/v1/datasets/${id}`);
    expect(profile.y.max).toBe(622);
    const refused = await product.cli('dataset', 'add', path, '--fix', 'outlier=zero');
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain('keep, interpolate, previous');
  });

  test('a 10 GB sparse file, at once', async () => {
    const path = join(files, 'sparse.csv');
    closeSync(openSync(path, 'w'));
    truncateSync(path, 10 * 1024 ** 3);
    const answer = await product.cli('dataset', 'add', path);
    expect(answer.code, answer.stderr).toBe(3);
  });

  test('a million series', async () => {
    const rows = ['unique_id,ds,y'];
    for (let at = 0; at < 1_000_000; at += 1) rows.push(`s${at},2024-01-01,1`);
    const answer = await product.cli('dataset', 'add', file('million.csv', rows.join('\n')));
    expect(answer.code, answer.stderr).toBe(3);
    expect(answer.stderr).toMatch(/series/);
  });

  test.each<[string, string[]]>([
    ['horizon 0', ['--horizon', '0']],
    ['a horizon longer than the data', ['--horizon', '5000']],
    ['an unknown model', ['--horizon', '6', '--models', 'crystal_ball']],
    ['budget 0', ['--horizon', '6', '--budget', '0s']],
    ['a level of 100', ['--horizon', '6', '--level', '100']],
  ])('%s', async (_name, args) => {
    const answer = await product.cli('forecast', SAMPLE, ...args);
    expect(answer.code, answer.stderr).toBe(3);
    expect(answer.stderr.trim()).not.toBe('');
  });

  test('wrong use leaves with 2', async () => {
    expect((await product.cli('forecast', 'no-such-file.csv', '--horizon', '3')).code).toBe(2);
    expect((await product.cli('forecast', SAMPLE)).code).toBe(2);
    expect((await product.cli('conjure')).code).toBe(2);
  });

  test('names that are HTML, formulas or paths stay text', async () => {
    const id = '=HYPERLINK(""http://x"";""<script>alert(1)</script>"")';
    const path = file('..%2f<b>evil.csv', long(String, `"${id}"`));
    const out = join(files, 'hostile');
    mkdirSync(out, { recursive: true });
    const answer = await product.cli(
      'forecast',
      path,
      '--horizon',
      '3',
      '--models',
      'naive',
      '--budget',
      '10s',
      '--out',
      out,
      '--name',
      '<img src=x onerror=alert(1)>',
    );
    expect(answer.code, answer.stderr).toBe(0);
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    expect(report).not.toContain('<script>alert');
    expect(report).not.toContain('<img src=x');
    for (const line of readFileSync(join(out, 'forecast.csv'), 'utf8').trim().split('\n').slice(1))
      expect(line).not.toMatch(/^"?[=+@-]/);
  });
});

describe('the machine', () => {
  test('status, doctor and people', async () => {
    const status = JSON.parse((await product.cli('--json', 'status')).stdout) as Record<string, unknown>;
    expect(status).toMatchObject({ running: true, url: product.connection.url, pid: product.connection.pid });
    expect((await product.cli('doctor')).code).toBe(0);
    const user = JSON.parse((await product.cli('--json', 'user', 'add', 'hanako', '--role', 'viewer')).stdout) as {
      link: string;
      role: string;
    };
    expect(user.role).toBe('viewer');
    expect(user.link).toContain('/setup/?token=');
  });

  test('backup, and restore into an empty home', async () => {
    const archive = join(files, 'all.backup');
    expect((await product.cli('backup', archive)).code).toBe(0);
    const elsewhere = makeFolder();
    const restored = await runCli(elsewhere, ['restore', archive]);
    expect(restored.code, restored.stderr).toBe(0);
    const second = await startProduct({ home: elsewhere, engine: false });
    try {
      const before = await product.json<{ items: { id: number; run_id: string }[] }>('/api/v1/runs?limit=200');
      const after = await second.json<{ items: { id: number; run_id: string }[] }>('/api/v1/runs?limit=200');
      expect(after.items.map((run) => run.run_id)).toEqual(before.items.map((run) => run.run_id));
    } finally {
      await second.stop();
      await removeHome(elsewhere);
    }
  });
});
