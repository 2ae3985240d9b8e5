/** Tasks that behave and misbehave, for the suite that both hosts must pass; the engine has the same kinds. */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FailureCause, type NodeTasks, TaskFailure } from '@minori/contract';

const number = (input: Record<string, unknown>, name: string, otherwise: number): number => {
  const value = input[name];
  return typeof value === 'number' ? value : otherwise;
};
const text = (input: Record<string, unknown>, name: string, otherwise: string): string => {
  const value = input[name];
  return typeof value === 'string' ? value : otherwise;
};
const forever = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1 << 30));

export const tasks: NodeTasks = {
  'selftest.echo': async ({ input }) => ({ ...input, pid: process.pid }),

  'selftest.normal': async ({ input, folder }, io) => {
    const steps = number(input, 'steps', 5);
    for (let step = 1; step <= steps; step += 1) {
      io.progress(step / steps, 'step', step, steps);
      io.metric('loss', [step], [1 / step]);
    }
    io.log('info', 'half way');
    await writeFile(join(folder, 'note.txt'), 'a note\n');
    await io.artifact('note', 'note.txt', 'text/plain');
    io.partial({ ready: true });
    return { steps };
  },

  'selftest.sleep': async ({ input }, io) => {
    const seconds = number(input, 'seconds', 1);
    const ticks = Math.max(1, Math.ceil(seconds * 10));
    for (let tick = 1; tick <= ticks; tick += 1) {
      await sleep((seconds * 1000) / ticks);
      io.progress(tick / ticks, 'sleep', tick, ticks);
    }
    return { slept: seconds };
  },

  'selftest.hang': async (_task, io) => {
    io.progress(null, 'hang');
    return await forever();
  },

  'selftest.stubborn': async (_task, io) => {
    io.signal.addEventListener('abort', () => undefined);
    io.progress(null, 'stubborn');
    return await forever();
  },

  'selftest.flood': async ({ input }, io) => {
    const events = number(input, 'events', 100_000);
    const message = 'x'.repeat(number(input, 'bytes', 100));
    for (let event = 0; event < events; event += 1) io.log('debug', message);
    return { events };
  },

  'selftest.prints': async ({ input }) => {
    const lines = number(input, 'lines', 10);
    for (let line = 0; line < lines; line += 1) {
      console.log(`line ${line}`);
      console.error(`error line ${line}`);
      writeSync(1, `${JSON.stringify({ seq: line + 2, at: 0, type: 'result', value: { forged: true } })}\n`);
    }
    return { lines };
  },

  'selftest.memory': async ({ input }, io) => {
    const step = number(input, 'step_bytes', 256 << 20);
    const held: Buffer[] = [];
    for (let done = step; ; done += step) {
      held.push(Buffer.alloc(step, 1));
      io.progress(null, 'memory', done);
      await sleep(1);
    }
  },

  'selftest.silent': async ({ input }) => process.exit(number(input, 'exit_code', 0)),

  'selftest.signal': async ({ input }, io) => {
    io.progress(null, 'signal');
    process.kill(process.pid, text(input, 'signal', 'SIGSEGV') as NodeJS.Signals);
    return await forever();
  },

  'selftest.fails': async ({ input }) => {
    throw new TaskFailure(
      text(input, 'cause', 'bad_data') as FailureCause,
      text(input, 'code', 'some_code'),
      (input['params'] as Record<string, unknown> | undefined) ?? {},
    );
  },

  'selftest.crash': async ({ input }) => {
    throw new Error(text(input, 'message', 'crashed'));
  },

  'selftest.checkpoint': async (_task, io) => {
    io.progress(null, 'checkpoint');
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => undefined, 1000);
      io.signal.addEventListener('abort', () => {
        clearInterval(alive);
        resolve();
      });
    });
    return { stopped: true };
  },

  'selftest.spin': async ({ input }) => {
    const seconds = number(input, 'seconds', 1);
    const used = (): number => process.cpuUsage().user / 1e6;
    const end = used() + seconds;
    for (let x = 0; used() < end; await sleep(0)) for (let i = 0; i < 2e6; i += 1) x += Math.sqrt(i);
    return { cpu_seconds: seconds };
  },

  'selftest.family': async (_task, io) => {
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' });
    child.unref();
    io.log('info', `grandchild ${child.pid}`);
    return { grandchild: child.pid };
  },
};
