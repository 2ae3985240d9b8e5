/** Whether those who labeled the same pictures agree. */
import type { Agreement } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import type { Scope } from '../identity/scope.ts';
import { findTheme } from './access.ts';
import { isDecided } from './decisions.ts';
import { listLabels } from './labels.ts';

const SHOWN = 200;

export async function readAgreement(db: Db, scope: Scope, themeId: number): Promise<Agreement> {
  await findTheme(db, scope, themeId, 'viewer');
  const { rows: pairs } = await sql<{ a: string; b: string; x: number; y: number; n: number }>`
    select v.annotator as a, w.annotator as b, v.label_id as x, w.label_id as y, count(*) as n
    from label_vote v join label_vote w on w.image_id = v.image_id and w.annotator > v.annotator
    join image i on i.image_id = v.image_id
    where v.theme_id = ${themeId} and i.deleted_at is null
    group by 1, 2, 3, 4 order by 1, 2`.execute(db);
  const { rows: totals } = await sql<{ images: number; agreed: number }>`
    select count(*) as images, count(*) filter (where labels = 1) as agreed from (
      select count(distinct v.label_id) as labels from label_vote v join image i on i.image_id = v.image_id
      where v.theme_id = ${themeId} and i.deleted_at is null group by v.image_id having count(*) > 1) seen`.execute(db);
  const { rows: differing } = await sql<Agreement['disagreements'][number]>`
    select t.id as image_id, t.label_id, ${isDecided('label', sql`t.id`, sql`t.label_id::text`)} as settled, d.votes from (
      select v.image_id, jsonb_agg(jsonb_build_object('annotator', v.annotator, 'label_id', v.label_id) order by v.annotator) as votes
      from label_vote v join image i on i.image_id = v.image_id
      where v.theme_id = ${themeId} and i.deleted_at is null
      group by v.image_id having count(distinct v.label_id) > 1 order by v.image_id desc limit ${SHOWN}) d
    join train_data t on t.id = d.image_id order by t.id desc`.execute(db);
  const order = new Map((await listLabels(db, themeId)).map(({ id }, place) => [id, place]));
  const images = totals[0]?.images ?? 0;
  const grouped = Map.groupBy(pairs, ({ a, b }) => JSON.stringify([a, b]));
  return {
    images,
    agreed: images === 0 ? null : (totals[0]?.agreed ?? 0) / images,
    pairs: [...grouped.values()].map((cells) => ({
      a: cells[0]?.a ?? '',
      b: cells[0]?.b ?? '',
      images: cells.reduce((sum, { n }) => sum + n, 0),
      ...kappaOf(cells),
    })),
    labels: perLabel(pairs).toSorted((x, y) => (order.get(x.label_id) ?? 0) - (order.get(y.label_id) ?? 0)),
    open: await countDisputed(db, themeId),
    disagreements: differing,
  };
}

/** SQL over the votes `v` of one picture. */
export const DIFFERING = sql<boolean>`min(v.label_id) <> max(v.label_id)`;

/** Pictures that several people labeled differently, and nobody has settled. */
async function countDisputed(db: Db, themeId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (
      select v.image_id from label_vote v where v.theme_id = ${themeId}
      group by v.image_id having ${DIFFERING}) d
    join train_data t on t.id = d.image_id join image i on i.image_id = t.id
    where i.deleted_at is null and not ${isDecided('label', sql`t.id`, sql`t.label_id::text`)}`.execute(db);
  return rows[0]?.n ?? 0;
}

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly n: number;
}

/** Each label against all others, over all pairs of annotators. */
function perLabel(cells: readonly Cell[]): Agreement['labels'] {
  const labels = new Set(cells.flatMap(({ x, y }) => [x, y]));
  return [...labels].map((id) => {
    const count = (keep: (cell: Cell) => boolean) => cells.reduce((sum, cell) => (keep(cell) ? sum + cell.n : sum), 0);
    const images = count(({ x, y }) => x === id || y === id);
    const both = count(({ x, y }) => x === id && y === id);
    const asked = cells.map(({ x, y, n }) => ({ x: Number(x === id), y: Number(y === id), n }));
    return { label_id: id, images, agreed: images === 0 ? 0 : both / images, kappa: kappaOf(asked).kappa };
  });
}

/** Cohen's kappa of a table of counts: agreement beyond what the two would reach by chance. */
export function kappaOf(cells: readonly Cell[]): {
  agreed: number;
  kappa: number | null;
} {
  const total = cells.reduce((sum, { n }) => sum + n, 0);
  const agreed = cells.reduce((sum, { x, y, n }) => sum + (x === y ? n : 0), 0) / total;
  const shares = (side: 'x' | 'y') => {
    const of = new Map<number, number>();
    for (const cell of cells) of.set(cell[side], (of.get(cell[side]) ?? 0) + cell.n / total);
    return of;
  };
  const [left, right] = [shares('x'), shares('y')];
  const chance = [...left].reduce((sum, [label, share]) => sum + share * (right.get(label) ?? 0), 0);
  return { agreed, kappa: chance >= 1 ? null : (agreed - chance) / (1 - chance) };
}
