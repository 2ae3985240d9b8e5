/** What is left of attempts whose server or host has died: they are adopted, ended, or tried again. */
import type { HostKind } from '@minori/contract';
import { isConnectionLost } from '@minori/database';
import { summarizeSpool } from '@minori/executor';
import { recoverAttempt } from '@minori/run-engine';
import { folderOf, isLive } from './attempt-rows.ts';
import { type Core, persistently } from './core.ts';
import { takeOver } from './leaves.ts';
import { closeAttempt } from './reconcile.ts';
import { ancestorIds, type RootState } from './root-state.ts';
import type { AttemptRow } from './rows.ts';
import { Stale } from './store.ts';
import { writeTree } from './tree-writer.ts';

export interface Recovery {
  /** Looks after one attempt that this process has lost sight of. */
  one(state: RootState, attempt: AttemptRow): Promise<void>;
  /** All attempts of this host that no end has been read of. */
  ofHost(kind: HostKind): Promise<void>;
}

/** Whether the end that lies in its spool comes after what has been read of it. */
async function hasItsEnd(folder: string, attempt: AttemptRow): Promise<boolean> {
  return (await summarizeSpool(folder)).seq > attempt.spool_seq;
}

export function createRecovery(core: Core): Recovery {
  const busy = new Set<number>();

  async function one(state: RootState, attempt: AttemptRow): Promise<void> {
    if (busy.has(attempt.id)) return;
    busy.add(attempt.id);
    try {
      await persistently(core, async () => await look(state, attempt));
    } catch (error) {
      if (!isConnectionLost(error))
        core.log.error({ err: error, attempt: attempt.id }, 'an attempt could not be recovered');
    } finally {
      busy.delete(attempt.id);
    }
  }

  async function look(state: RootState, attempt: AttemptRow): Promise<void> {
    const host = attempt.host as HostKind;
    const executor = core.executors[host];
    const folder = folderOf(core.home, attempt.id);
    const traces = await executor.traces(attempt.id, folder);
    const step = recoverAttempt({ host, status: attempt.status === 'starting' ? 'starting' : 'running', ...traces });
    core.log.info({ attempt: attempt.id, step, ...traces }, 'recovering an attempt');
    switch (step) {
      case 'adopt':
        await executor.adopt(attempt.id, folder);
        if (!core.handed.has(attempt.id)) await takeOver(core, attempt);
        break;
      case 'submit':
        // No host has seen it. It is written off, and a late process finds its folder closed.
        await executor.bury(attempt.id, folder);
        await writeOff(state, attempt);
        return;
      case 'finish':
      case 'lost':
        await executor.bury(attempt.id, folder);
        if (!(await hasItsEnd(folder, attempt))) {
          await noteEnd(state, attempt);
          core.touch(state.id);
          return;
        }
        break;
      case 'none':
        return;
      default:
        step satisfies never;
    }
    const run = state.tree.get(attempt.run_id);
    if (run) core.feeds.attach(attempt, state.id, ancestorIds(state.tree, run));
    core.feeds.wake(attempt.id);
    core.touch(state.id);
  }

  /** Its spool is gone, or another home's: nothing more will be read of it, so the row itself gets the end. */
  async function noteEnd(state: RootState, attempt: AttemptRow): Promise<void> {
    await writeTree(core.store, state.id, async (writer) => {
      await writer.tx
        .updateTable('run_attempt')
        .set({ ended_by: 'parent_death' })
        .where('id', '=', attempt.id)
        .where('ended_by', 'is', null)
        .execute();
    });
  }

  /** The run waits again as if it had never been handed out; the attempt counts against nothing. */
  async function writeOff(state: RootState, attempt: AttemptRow): Promise<void> {
    core.feeds.detach(attempt.id);
    await writeTree(core.store, state.id, async (writer) => {
      const run = writer.run(attempt.run_id);
      if (writer.attempts.get(run.id)?.id !== attempt.id) throw new Stale(run.id);
      await closeAttempt(writer, attempt, null);
      if (run.status === 'preparing') await writer.move(run.id, 'queued', 'recovery');
      else if (run.status === 'finishing') await writer.move(run.id, 'cancelled', 'recovery');
    });
    core.touch(state.id);
  }

  return {
    one,
    async ofHost(kind) {
      const lost = [...core.roots.values()].flatMap((state) =>
        [...state.attempts.values()]
          .filter((attempt) => attempt.host === kind && isLive(attempt))
          .map((attempt) => ({ state, attempt })),
      );
      await Promise.all(lost.map(async ({ state, attempt }) => await one(state, attempt)));
    },
  };
}
