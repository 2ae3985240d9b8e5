/**
 * Which pictures of a queue need somebody, and which of these still wait. SQL over `t` (train_data) and `s`
 * (image_score); `details.given` is the label that a picture had when its score was made.
 */
import { THEME_QUEUES } from '@minori/contract';
import type { ThemeQueueName } from '@minori/contract';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { isDecided } from './decisions.ts';

interface QueueRule {
  readonly asked: RawBuilder<boolean>;
  readonly waiting: RawBuilder<boolean>;
}

const given = sql`s.details ->> 'given'`;
const unlabeled: QueueRule = { asked: sql`${given} is null`, waiting: sql`t.label_id is null` };
const another = sql<boolean>`s.details ->> 'label_id' <> ${given}`;

const RULES: Record<ThemeQueueName, QueueRule> = {
  random: unlabeled,
  diverse: unlabeled,
  uncertain: unlabeled,
  suspicious: {
    asked: another,
    waiting: sql`(${another} and t.label_id::text = ${given}
      and not ${isDecided('label', sql`t.id`, sql`t.label_id::text`)})`,
  },
  duplicates: {
    asked: sql`true`,
    // Once all others of its group are gone, a picture has no copies any more. Members of a group have one score.
    waiting: sql`(not ${isDecided('copies', sql`t.id`, sql`s.details ->> 'key'`)} and exists (
      select from image_score o join image j on j.image_id = o.image_id
      where o.theme_id = s.theme_id and o.queue = 'duplicates' and o.score = s.score and o.image_id <> s.image_id
        and j.deleted_at is null))`,
  },
};

/** Of one queue; a queue that is not known has nothing that waits. */
export function waitingIn(queue: string): RawBuilder<boolean> {
  const name = THEME_QUEUES.find((one) => one === queue);
  return name === undefined ? sql`false` : RULES[name].waiting;
}

/** Of any queue at once, by `s.queue`. */
export const ofEachQueue = (which: 'asked' | 'waiting'): RawBuilder<boolean> =>
  sql`case s.queue ${sql.join(
    THEME_QUEUES.map((name) => sql`when ${sql.lit(name)} then ${RULES[name][which]}`),
    sql` `,
  )} else false end`;
