/** The worker thread behind judge-client.ts: one request after the other. */
import { parentPort } from 'node:worker_threads';
import { deliver } from './deliver.ts';
import type { JudgeAnswer, JudgeMessage } from './judge-protocol.ts';
import { judgeTrial } from './judge-trial.ts';

const port = parentPort;
if (port === null) throw new Error('judge-worker.ts runs as a worker thread only');

let last: Promise<void> = Promise.resolve();
port.on('message', (message: JudgeMessage) => {
  last = last.then(async () => port.postMessage(await answer(message)));
});

async function answer({ id, request }: JudgeMessage): Promise<JudgeAnswer> {
  try {
    return { id, ok: true, value: request.task === 'judge' ? await judgeTrial(request) : await deliver(request) };
  } catch (error) {
    return { id, ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
