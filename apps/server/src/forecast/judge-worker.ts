/** The worker thread behind judge-client.ts: one request after the other. */
import { parentPort } from 'node:worker_threads';
import { deliver, rewrite } from './deliver.ts';
import { blendTrials } from './judge-blend.ts';
import { compareFiles } from './judge-compare.ts';
import { diagnoseBacktest } from './judge-diagnose.ts';
import type { JudgeAnswer, JudgeMessage, JudgeRequest, JudgeValue } from './judge-protocol.ts';
import { judgeTrial } from './judge-trial.ts';

const port = parentPort;
if (port === null) throw new Error('judge-worker.ts runs as a worker thread only');

/** Less work says nothing about how busy the machine is. */
const TELLING_MS = 5;

let last: Promise<void> = Promise.resolve();
port.on('message', (message: JudgeMessage) => {
  last = last.then(async () => port.postMessage(await answer(message)));
});

async function answer({ id, request }: JudgeMessage): Promise<JudgeAnswer> {
  try {
    const began = performance.now();
    const before = process.threadCpuUsage();
    const value = await work(request);
    const { user, system } = process.threadCpuUsage(before);
    const cpu = (user + system) / 1000;
    const pace = cpu < TELLING_MS ? null : (performance.now() - began) / cpu;
    return { id, ok: true, value, pace };
  } catch (error) {
    return { id, ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function work(request: JudgeRequest): Promise<JudgeValue> {
  switch (request.task) {
    case 'judge':
      return await judgeTrial(request);
    case 'blend':
      return await blendTrials(request);
    case 'diagnose':
      return await diagnoseBacktest(request);
    case 'compare':
      return await compareFiles(request);
    case 'rewrite':
      return await rewrite(request);
    case 'deliver':
      return await deliver(request);
  }
}
