/**
 * What the blend of a search would be by now, for the leaderboard of a live page. Made in the judge's thread,
 * only while somebody looks, once per new result, and only where it takes moments: trials must not wait for it.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { windowsResult } from '@minori/contract';
import { columnsOf } from '@minori/judge';
import { MOST_MEMBERS } from '@minori/planner';
import { blendSearch } from './blending.ts';
import type { ExtraEntry } from './documents.ts';
import type { EvidenceDeps } from './evidence.ts';
import { trialFolder } from './sources.ts';
import type { Search } from './sources.ts';
import { standing } from './standing.ts';
import type { Entry } from './standing.ts';

/** Forecast values of all its members; less than a second of work. */
const MOST_VALUES = 150_000;
const FEWEST_MEMBERS = 3;
const SEARCHES_KEPT = 32;

interface Held {
  /** The trials that it was made of. */
  readonly key: string;
  readonly busy: boolean;
  readonly extra: ExtraEntry | null;
}
const held = new Map<number, Held>();

/** The leaderboard with the blend's row; while a newer one is being made, with the last. */
export async function withLiveBlend(deps: EvidenceDeps, search: Search): Promise<readonly Entry[]> {
  const { root, spec, entries, candidates } = search;
  if (search.ended !== null) {
    held.delete(root.id);
    return entries;
  }
  const last = held.get(root.id);
  const members = membersOf(search);
  const key = members.map(({ result }) => result?.trial_id).join(' ');
  if (members.length > 0 && last?.busy !== true && last?.key !== key) {
    const [oldest] = held.keys();
    if (held.size >= SEARCHES_KEPT && oldest !== undefined) held.delete(oldest);
    held.set(root.id, { key, busy: true, extra: last?.extra ?? null });
    void renew(deps, search, members, { key, busy: false, extra: last?.extra ?? null });
  }
  const extra = held.get(root.id)?.extra ?? null;
  if (extra === null) return entries;
  const beside = { id: root.id, extras: [extra], p: {} };
  const progress = new Map(entries.map(({ row }) => [row.id, row.progress]));
  return standing(candidates, spec.plan.levels, deps.clock.now(), (id) => progress.get(id) ?? null, beside);
}

async function renew(deps: EvidenceDeps, search: Search, members: readonly Entry[], old: Held): Promise<void> {
  // Files of a trial may be cleared away under it; the next result tries again.
  const extra = await make(deps, search, members).catch(() => old.extra);
  if (held.has(search.root.id)) held.set(search.root.id, { ...old, extra });
}

/** Families that have all windows; none where they are too few, or too much to blend in passing. */
function membersOf({ entries, spec, windows }: Search): Entry[] {
  const { origins, horizon, levels } = spec.plan;
  const able = entries.filter(({ row, result }) => result !== null && row.origins === origins && origins > 0);
  const series = windowsResult.safeParse(windows?.result).data?.series ?? Number.POSITIVE_INFINITY;
  const values = series * origins * horizon * columnsOf(levels) * able.length;
  return able.length < FEWEST_MEMBERS || values > MOST_VALUES ? [] : able;
}

async function make(deps: EvidenceDeps, search: Search, members: readonly Entry[]): Promise<ExtraEntry | null> {
  const { root, spec, trials, windows } = search;
  const ids = [windows?.id ?? 0, ...members.map(({ result }) => result?.trial_id ?? 0)];
  const folders = new Map(await Promise.all(ids.map(async (id) => [id, await trialFolder(deps, id)] as const)));
  const folder = join(deps.home.tmp, `blend-${root.id}`);
  try {
    const made = await blendSearch(deps.judge, {
      entries: members,
      windows,
      levels: spec.plan.levels,
      folder,
      ownName: null,
      trialOf: (id) => trials.find((trial) => trial.id === id),
      folderOf: (id) => folders.get(id) ?? null,
      mostMembers: MOST_MEMBERS,
    });
    return made?.extras[0] ?? null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
