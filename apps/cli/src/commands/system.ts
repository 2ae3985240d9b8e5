/** `minori status|doctor|backup|user add`. */
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createdUser, setupStatus, systemStatus } from '@minori/contract';
import { minoriCache } from '@minori/contract/home';
import { openServer, runningServer } from '../connection.ts';
import { EXIT, FailedError, UsageError } from '../problems.ts';
import { table, type Session } from '../session.ts';

const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`;

/** Exit code 1 when no server runs for this home. */
export async function status(session: Session): Promise<number> {
  const { texts } = session;
  const running = await runningServer(session);
  if (running === null) {
    if (session.json) session.print(JSON.stringify({ running: false, home: session.home }));
    else session.print(texts.say('status_page.none', { home: session.home }));
    return EXIT.failed;
  }
  const setup = await running.client.get('/api/v1/setup', setupStatus);
  const databaseReady = setup.steps.every(
    (step) => !['database', 'migrations'].includes(step.id) || step.state === 'done',
  );
  const system = databaseReady ? await running.client.get('/api/v1/system/status', systemStatus) : null;
  if (session.json) {
    session.print(
      JSON.stringify({ running: true, home: session.home, ...running.connection, setup, ...system }, null, 2),
    );
    return EXIT.done;
  }
  session.print(`${running.connection.url}  (pid ${running.connection.pid})`);
  for (const step of setup.steps)
    if (step.state !== 'done') session.print(`${texts.say(`setup.${step.id}`)}: ${texts.say(`step.${step.state}`)}`);
  if (system === null) return EXIT.done;
  session.print(
    table([
      [
        texts.say('status_page.database'),
        texts.say(`component.${system.database.state}`),
        system.database.version ?? '',
      ],
      [texts.say('status_page.engine'), texts.say(`component.${system.engine.state}`), system.engine.version ?? ''],
      [texts.say('status_page.queue'), texts.say('status_page.queue_value', system.queue)],
      ['CPU', `${system.cpu.percent.toFixed(0)} %`, texts.say('status_page.cores', { cores: system.cpu.cores })],
      [
        texts.say('status_page.memory'),
        `${gigabytes(system.memory.used_bytes)} / ${gigabytes(system.memory.total_bytes)}`,
      ],
      ['GPU', system.gpu?.name ?? texts.say('status_page.no_gpu')],
      [texts.say('status_page.disk'), texts.say('status_page.free', { free: gigabytes(system.disk.free_bytes) })],
    ]),
  );
  return EXIT.done;
}

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it. */
  readonly advice: string | null;
}

const MIN_FREE_BYTES = 6 * 1024 ** 3;

/** The nearest folder that exists: where a home that is not there yet would be made. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

async function portFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}

async function localChecks(session: Session): Promise<Check[]> {
  const { texts } = session;
  const checks: Check[] = [{ name: 'Node.js', state: 'ok', detail: process.version, advice: null }];
  try {
    const { stdout } = await promisify(execFile)('python3', ['--version']);
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
    const fits = Number(major) === 3 && Number(minor) >= 11;
    checks.push({
      name: 'Python',
      state: fits ? 'ok' : 'failed',
      detail: stdout.trim(),
      advice: fits ? null : texts.say('doctor.python'),
    });
  } catch {
    checks.push({ name: 'Python', state: 'failed', detail: '–', advice: texts.say('doctor.python') });
  }
  for (const [name, folder] of [
    ['home', session.home],
    ['cache', minoriCache()],
  ] as const) {
    const place = existing(folder);
    let writable = true;
    try {
      accessSync(place, constants.W_OK);
    } catch {
      writable = false;
    }
    const disk = statfsSync(place);
    const free = disk.bavail * disk.bsize;
    const roomy = free >= MIN_FREE_BYTES;
    checks.push({
      name: texts.say(`doctor.${name}`),
      state: writable ? (roomy ? 'ok' : 'warning') : 'failed',
      detail: `${folder} (${texts.say('status_page.free', { free: gigabytes(free) })})`,
      advice: writable
        ? roomy
          ? null
          : texts.say('doctor.disk', { wanted: gigabytes(MIN_FREE_BYTES) })
        : texts.say('doctor.not_writable'),
    });
  }
  return checks;
}

/** Looks at all that a start needs; exit code 1 when something stands in the way. */
export async function doctor(session: Session, options: { port?: string }): Promise<number> {
  const { texts } = session;
  const checks = await localChecks(session);
  const running = await runningServer(session);
  if (running === null) {
    const port = Number(options.port ?? process.env['MINORI_PORT'] ?? 8501);
    const free = await portFree(port);
    checks.push({
      name: texts.say('doctor.port'),
      state: free ? 'ok' : 'failed',
      detail: String(port),
      advice: free ? null : texts.say('doctor.port_taken', { port, other: port + 1 }),
    });
    checks.push({
      name: texts.say('doctor.server'),
      state: 'ok',
      detail: texts.say('doctor.not_running'),
      advice: null,
    });
  } else {
    const setup = await running.client.get('/api/v1/setup', setupStatus);
    for (const step of setup.steps) {
      checks.push({
        name: texts.say(`setup.${step.id}`),
        state: step.state === 'failed' ? 'failed' : step.state === 'done' ? 'ok' : 'warning',
        detail: texts.say(`step.${step.state}`),
        advice:
          step.problem === null
            ? null
            : (texts.word('problems', [step.problem.code], step.problem.params) ?? step.problem.code),
      });
    }
  }
  const healthy = checks.every((check) => check.state !== 'failed');
  if (session.json) session.print(JSON.stringify({ healthy, checks }, null, 2));
  else {
    const mark = { ok: '✓', warning: '!', failed: '✗' } as const;
    for (const check of checks) {
      session.print(`${mark[check.state]} ${check.name}: ${check.detail}`);
      if (check.advice !== null) session.print(`    ${check.advice}`);
    }
  }
  return healthy ? EXIT.done : EXIT.failed;
}

export async function backup(session: Session, file: string): Promise<void> {
  const target = resolve(file);
  if (existsSync(target)) throw new UsageError('file_exists', { file: target });
  mkdirSync(dirname(target), { recursive: true });
  const client = await openServer(session);
  session.progress(session.texts.say('backup.running'));
  await client.download('/api/v1/system/backup', target, 'POST');
  if (session.json) session.print(JSON.stringify({ file: target }));
  else session.print(session.texts.say('backup.done', { file: target }));
}

export async function addUser(session: Session, name: string, options: { role: string }): Promise<void> {
  if (!['admin', 'editor', 'viewer'].includes(options.role))
    throw new UsageError('role_unknown', { role: options.role });
  const client = await openServer(session);
  const made = await client.post('/api/v1/users', { username: name, role: options.role }, createdUser);
  if (made.link === null) throw new FailedError('unexpected_answer', { status: 201, path: '/api/v1/users' });
  if (session.json) session.print(JSON.stringify(made, null, 2));
  else session.print(session.texts.say('user.added', { name: made.username, role: made.role, link: made.link }));
}
