/** The server as a process: it starts, refuses, stops and survives as people meet it. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@minori/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const LINK = /https?:\S+\/setup\/\?token=\S+/;
let folder: string;
let home: string;
const children = new Set<ChildProcessWithoutNullStreams>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minori-serve-'));
  // PostgreSQL runs as another account when we are root.
  await chmod(folder, 0o755);
  home = join(folder, 'home');
});
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGTERM');
    await ended(child);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  output(): string;
}

function run(args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { ...process.env, LANG: 'C', LC_ALL: '', ...env },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

/** Waits for the API, as the CLI does: connection.json of this process. */
async function answering({ child, output }: Started, at = home): Promise<Connection> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server left: ${output()}`);
    const connection = await readFile(join(at, 'connection.json'), 'utf8').then(
      (text) => JSON.parse(text) as Connection,
      () => null,
    );
    if (connection !== null && connection.pid === child.pid) return connection;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function api(connection: Connection, path: string): Promise<Response> {
  return fetch(`${connection.url}${path}`, { headers: { authorization: `Bearer ${connection.token}` } });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function postmaster(): Promise<number> {
  return Number((await readFile(join(home, 'pg', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

describe('a server', () => {
  test('starts, says where it is and how to become its administrator, and stops all it started', async () => {
    const started = run(['--home', home, '--port', '0']);
    const connection = await answering(started);
    expect((await stat(join(home, 'connection.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, 'logs', 'server.log'))).mode & 0o777).toBe(0o600);
    expect(connection.databaseUrl).toMatch(/^postgresql:\/\//);
    expect(await (await api(connection, '/api/v1/me')).json()).toMatchObject({ via: 'connection' });
    expect(started.output()).toContain(connection.url);
    await expect.poll(() => started.output()).toMatch(LINK);
    const link = LINK.exec(started.output())?.[0] ?? '';
    const token = new URL(link).searchParams.get('token') ?? '';
    expect(token.length).toBeGreaterThan(20);
    const log = await readFile(join(home, 'logs', 'server.log'), 'utf8');
    expect(log).not.toContain(token);
    expect(log).not.toContain(connection.token);

    // A second server on the same home, and one on the same port, say in one sentence what to do.
    const second = run(['--home', home, '--port', '0']);
    expect(await ended(second.child)).toBe(1);
    expect(second.output()).toMatch(/^Another Minori already uses .* \[home_in_use\]\n$/);
    const taken = run(['--home', join(folder, 'other'), '--port', new URL(connection.url).port], {
      LANG: 'ja_JP.UTF-8',
    });
    expect(await ended(taken.child)).toBe(1);
    expect(taken.output()).toMatch(/^ポート \d+ は、ほかのプログラムが使っています。.* \[port_in_use\]\n$/);

    const database = await postmaster();
    started.child.kill('SIGINT');
    expect(await ended(started.child)).toBe(0);
    expect(isAlive(database)).toBe(false);
    await expect(stat(join(home, 'connection.json'))).rejects.toThrow('ENOENT');
    await expect(fetch(`${connection.url}/api/health`)).rejects.toThrow();
  });

  test('comes back after kill -9 of itself and of its database', async () => {
    const first = run(['--home', home, '--port', '0']);
    const before = await answering(first);
    const project = await fetch(`${before.url}/api/v1/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${before.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: '実験' }),
    });
    expect(project.status).toBe(201);
    const database = await postmaster();
    first.child.kill('SIGKILL');
    await ended(first.child);
    process.kill(database, 'SIGKILL');

    const second = run(['--home', home, '--port', '0']);
    const after = await answering(second);
    expect(after.token).not.toBe(before.token);
    expect(
      (await fetch(`${after.url}/api/v1/me`, { headers: { authorization: `Bearer ${before.token}` } })).status,
    ).toBe(401);
    const { items } = (await (await api(after, '/api/v1/projects')).json()) as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toContain('実験');
  });

  test('answers with its set-up before anything is there, and says so until it is', async () => {
    const started = run(['--home', join(folder, 'early'), '--port', '0', '--announce']);
    while (!started.output().includes('MINORI_READY')) await once(started.child.stdout, 'data');
    const { url } = JSON.parse(/MINORI_READY (.*)/.exec(started.output())?.[1] ?? '{}') as { url: string };
    const setup = (await (await fetch(`${url}/api/v1/setup`)).json()) as { ready: boolean; steps: { id: string }[] };
    expect(setup.steps.map(({ id }) => id)).toEqual(['web', 'database', 'migrations', 'engine', 'host']);
    const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    started.child.kill('SIGTERM');
    expect(await ended(started.child)).toBe(0);
  });
});

describe('a backup', () => {
  test('taken while it runs comes back whole in another home, and nowhere else', async () => {
    const source = run(['--home', home, '--port', '0']);
    const before = await answering(source);
    const headers = { authorization: `Bearer ${before.token}`, 'content-type': 'application/json' };
    const added = await fetch(`${before.url}/api/v1/samples/air-passengers`, { method: 'POST', headers, body: '{}' });
    expect([200, 201]).toContain(added.status);
    const dataset = (await added.json()) as { id: number; latest: { sha256: string } };
    const taken = await fetch(`${before.url}/api/v1/system/backup`, {
      method: 'POST',
      headers: { authorization: headers.authorization },
    });
    expect(taken.status).toBe(200);
    expect(taken.headers.get('content-disposition')).toContain('attachment');
    const archive = join(folder, 'backup.minori');
    await writeFile(archive, Buffer.from(await taken.arrayBuffer()));
    expect((await readdir(join(home, 'tmp'))).filter((name) => name.startsWith('backup-'))).toEqual([]);

    // Not over something that is there already, and not from something that is no backup.
    const occupied = run(['restore', archive, '--home', home]);
    expect(await ended(occupied.child)).toBe(1);
    expect(occupied.output()).toContain('[home_in_use]');
    source.child.kill('SIGTERM');
    await ended(source.child);
    const full = run(['restore', archive, '--home', home]);
    expect(await ended(full.child)).toBe(3);
    expect(full.output()).toContain('[restore_target_not_empty]');
    const damaged = join(folder, 'damaged.minori');
    await writeFile(damaged, (await readFile(archive)).fill(7, 2000, 2100));
    const refused = run(['restore', damaged, '--home', join(folder, 'restored')]);
    expect(await ended(refused.child)).toBe(3);

    const restored = run(['restore', archive, '--home', join(folder, 'restored')]);
    expect(await ended(restored.child)).toBe(0);
    const again = run(['--home', join(folder, 'restored'), '--port', '0']);
    const after = await answering(again, join(folder, 'restored'));
    const detail = await api(after, `/api/v1/datasets/${dataset.id}/rows?limit=1`);
    expect(await detail.json()).toMatchObject({ columns: ['unique_id', 'ds', 'y'] });
  });
});

describe('wrong use', () => {
  test.for([
    [['--port', 'eighty'], 2, 'option_invalid'],
    [['--prot', '1'], 2, 'option_invalid'],
    [['fly'], 2, 'option_invalid'],
    [['restore'], 2, 'option_invalid'],
    [['--host', '0.0.0.0', '--port', '0'], 1, 'needs_tls'],
    [['--home', '/dev/null/minori'], 1, 'home_unreachable'],
  ] as const)('%j ends with %d and one sentence', async ([args, code, problem]) => {
    const { child, output } = run([
      ...(args.includes('--home' as never) ? [] : ['--home', join(folder, 'wrong')]),
      ...args,
    ]);
    expect(await ended(child)).toBe(code);
    expect(output().split('\n')[0]).toContain(`[${problem}]`);
    expect(output()).not.toMatch(/\bat .*\.ts:\d+/);
  });

  test('a configuration file that cannot be read is named with its place', async () => {
    const at = join(folder, 'misconfigured');
    await mkdir(join(at, 'config'), { recursive: true });
    await writeFile(join(at, 'config', 'ui_config.yaml'), 'server:\n  prot: 1\n');
    const { child, output } = run(['--home', at]);
    expect(await ended(child)).toBe(1);
    expect(output()).toMatch(/ui_config\.yaml .*prot.*\[config_invalid\]/);
  });

  test('a port that another program has, is left to it', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { child, output } = run(['--home', join(folder, 'wrong'), '--port', String(port)]);
    expect(await ended(child)).toBe(1);
    expect(output()).toContain(`--port ${port + 1}`);
    other.close();
  });
});
