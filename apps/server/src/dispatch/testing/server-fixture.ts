/**
 * A server of nothing but a dispatcher, to be killed: `node server-fixture.ts <database url> <home> <python or ->`.
 * Reads one JSON command a line, writes one JSON answer or event a line.
 */
import { createInterface } from 'node:readline';
import { connect } from '@minori/database';
import { createNodeHost, createPythonHost } from '@minori/executor';
import { pino } from 'pino';
import { createDispatcher } from '../dispatcher.ts';
import type { NewRootRun } from '../driver.ts';
import { NOBODY } from './bench.ts';
import { selftestDrivers } from './drivers.ts';

const [, , url = '', home = '', python = '-'] = process.argv;
const log = pino({ level: process.env['MINORI_TEST_LOG'] ?? 'silent' }, pino.destination(2));
const db = connect(url, { name: 'minori-fixture' });
const say = (line: Record<string, unknown>) => void process.stdout.write(`${JSON.stringify(line)}\n`);

const TASKS = new URL('../../../../../packages/executor/src/testing/selftest-tasks.ts', import.meta.url).href;
const engineSource = new URL('../../../../../engine/src', import.meta.url).pathname;
const executors = {
  node: createNodeHost({ home, modules: { selftest: TASKS }, log }),
  neural: NOBODY,
  vision: NOBODY,
  python: python === '-' ? NOBODY : createPythonHost({ home, python, engineSource, log }),
};
const clock = { now: () => Date.now() };
const dispatcher = await createDispatcher({ db, home, executors, drivers: selftestDrivers(), slots: 2, clock, log });
dispatcher.subscribe((event) => say({ event }));
await Promise.all([executors.node.start(), executors.python.start()]);
say({ ready: true, host: executors.python.state().pid });

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as { enqueue: NewRootRun } | { close: { leaveHosts: boolean } };
  if ('enqueue' in command) {
    const { id } = await dispatcher.enqueue(command.enqueue);
    say({ enqueued: id });
  } else {
    await dispatcher.close(command.close);
    await db.destroy();
    process.exit(0);
  }
}
// Whoever commanded it is gone.
process.exit(1);
