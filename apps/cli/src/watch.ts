/** Follows a run to its end on stderr. */
import { isFinal, run as runSchema, runDetail, type Run } from '@minori/contract';
import type { Client } from './client.ts';
import type { Session } from './session.ts';

/** Shows states, families and progress; answers the finished root. Ctrl+C leaves the run running. */
export async function watchRun(session: Session, client: Client, rootId: number): Promise<Run> {
  const { texts } = session;
  const first = await client.get(`/api/v1/runs/${rootId}`, runDetail);
  if (isFinal(first.run.status)) return first.run;
  const names = new Map<number, Run>([first.run, ...first.children].map((run) => [run.id, run]));
  const label = async (id: number): Promise<Run> => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const { run } = await client.get(`/api/v1/runs/${id}`, runDetail);
    names.set(id, runSchema.parse(run));
    return run;
  };
  let finished = 0;
  for await (const event of client.events(rootId, first.seq)) {
    if (event.type !== 'status') continue;
    const run = await label(event.run_id);
    const to = String(event.payload['to']);
    if (run.id === rootId) {
      if (isFinal(to)) break;
      session.progress(texts.say('watch.status', { status: texts.say(`status.${to}`) }));
    } else if (run.kind === 'candidate' && isFinal(to)) {
      finished += 1;
      const name = texts.word('models', [run.name, 'name']) ?? run.name;
      session.progress(texts.say('watch.candidate', { name, status: texts.say(`status.${to}`), finished }));
    }
  }
  return (await client.get(`/api/v1/runs/${rootId}`, runDetail)).run;
}
