/**
 * A server of nothing but searches, to be killed: `node server-fixture.ts <database url> <home> <python> <user> <project>`.
 * Reads one JSON command a line, writes one JSON answer a line; one slot, so that each trial knows of all before it.
 */
import { createInterface } from 'node:readline';
import { forecastRequest } from '@minori/contract';
import type { ForecastRequestInput } from '@minori/contract';
import { connect } from '@minori/database';
import { pino } from 'pino';
import { systemClock } from '../../platform/clock.ts';
import { openHome } from '../../platform/home.ts';
import { createJudge } from '../index.ts';
import type { RunTask } from '../index.ts';
import { startForecast } from '../service.ts';
import { openForecastServer } from './server.ts';

export type FixtureCommand =
  | { readonly start: ForecastRequestInput }
  | { readonly host: true }
  | { readonly close: true };
export interface FixtureAnswer {
  readonly ready?: true;
  /** Process id of the host that forks the trials; null while it is away. */
  readonly host?: number | null;
  readonly started?: number;
}

const [, , url = '', root = '', python = '', userId = '', project = ''] = process.argv;
const log = pino({ level: process.env['MINORI_TEST_LOG'] ?? 'silent' }, pino.destination(2));
const db = connect(url, { name: 'minori-fixture' });
const home = await openHome(root);
const judge = createJudge();
const runTask: RunTask = async (task) => await dispatcher.runInteractive(task);
const server = await openForecastServer({ db, home, python, slots: 1, log, judge, runTask });
const { dispatcher } = server;
const say = (answer: FixtureAnswer) => void process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ ready: true });

const deps = { db, dispatcher, home, clock: systemClock, freeMemory: () => process.availableMemory() };
const projects = new Map([[Number(project), 'admin']] as const);
const scope = { userId, username: userId, role: 'editor', via: 'session', projects } as const;
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as FixtureCommand;
  if ('close' in command) {
    await dispatcher.close({ leaveHosts: false });
    await judge.close();
    await db.destroy();
    process.exit(0);
  }
  if ('host' in command) {
    say({ host: server.python.state().pid });
    continue;
  }
  const run = await startForecast(deps, scope, forecastRequest.parse(command.start));
  say({ started: run.id });
}
// Whoever commanded it is gone.
process.exit(1);
