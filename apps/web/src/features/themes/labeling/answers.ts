/** What a model proposes for a picture, and what a key answers to it. Pure. */
import type { ThemeImage, ThemeQueueName } from '@minori/contract';

/** `disputed`: people gave it different labels. */
export type Mode = ThemeQueueName | 'disputed';
export const modeOf = (search: { queue?: ThemeQueueName; disputed?: true }): Mode | null =>
  search.queue ?? (search.disputed === true ? 'disputed' : null);

/** Modes in which somebody looks a second time: each label given there is settled. */
export const settles = (mode: Mode | null): boolean => mode === 'suspicious' || mode === 'disputed';

export type Proposal = NonNullable<ThemeImage['prelabel']>;

/**
 * The proposal to show: for an unlabeled picture one that is sure enough, for a labeled one another label that
 * a survey found likelier, as long as nobody has settled it.
 */
export function proposalOf(picture: ThemeImage, threshold: number): Proposal | null {
  const { prelabel } = picture;
  if (prelabel === null) return null;
  if (picture.label_id === null) return prelabel.confidence >= threshold ? prelabel : null;
  return prelabel.label_id === picture.label_id || picture.decided.includes('label') ? null : prelabel;
}

/** Whether this mode needs nobody for the picture any more. */
export function isDone(mode: Mode, picture: ThemeImage): boolean {
  if (mode === 'duplicates') return picture.decided.includes('copies');
  return settles(mode) ? picture.decided.includes('label') : picture.label_id !== null;
}

/** Neighbours in the duplicates queue with one score show the same. */
export function groupsOf(pictures: readonly ThemeImage[]): ThemeImage[][] {
  const groups: ThemeImage[][] = [];
  for (const picture of pictures) {
    const last = groups.at(-1);
    if (last?.[0]?.score === picture.score && last !== undefined) last.push(picture);
    else groups.push([picture]);
  }
  return groups;
}

export type Answer = 'accept' | 'refuse' | 'keep';
export type Act =
  | { kind: 'give'; label_id: number; source: 'person' | 'prelabel'; settle: boolean }
  | { kind: 'decide'; subject: 'proposal' | 'copies' };

/** What an answer means for a picture; null: there is nothing to answer. */
export function actOf(answer: Answer, picture: ThemeImage, mode: Mode | null, threshold: number): Act | null {
  const proposal = proposalOf(picture, threshold);
  const labeled = picture.label_id;
  if (answer === 'accept')
    return proposal === null
      ? null
      : { kind: 'give', label_id: proposal.label_id, source: 'prelabel', settle: labeled !== null };
  if (answer === 'refuse' && labeled === null)
    return proposal === null ? null : { kind: 'decide', subject: 'proposal' };
  if (mode === 'duplicates') return answer === 'keep' ? { kind: 'decide', subject: 'copies' } : null;
  // Not the proposed one: the label stands.
  if (labeled === null || (proposal === null && !settles(mode))) return null;
  return { kind: 'give', label_id: labeled, source: 'person', settle: true };
}
