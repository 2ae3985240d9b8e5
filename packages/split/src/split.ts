/**
 * Pure: which new picture goes to which split. What has a split keeps it. Pictures that belong together
 * (a person's group, or files that show the same) go together; one that would join pictures of several
 * splits goes nowhere. The rest is dealt out so that each label comes as close to the shares as whole
 * pictures allow. The same pictures in the same order, with the same seed, give the same answer anywhere.
 */
import type { Split } from '@minori/contract';
import { joinKnown } from './join.ts';
import { hashOf } from './hash.ts';
import { unionOf } from './union.ts';

export const SPLITS: readonly Split[] = ['train', 'valid', 'test'];

export interface Picture {
  readonly id: number;
  /** Of its content, the same on every machine; decides by lot. */
  readonly key: string;
  readonly label: number | null;
  /** Patient, device, lot. */
  readonly group: string | null;
  readonly split: Split | null;
}

export interface SplitWish {
  /** Shares that add up to 1. */
  readonly shares: Readonly<Record<Split, number>>;
  readonly seed: number;
}

export interface Assignment {
  readonly id: number;
  readonly split: Split;
  /** By the shares, or because of a group or of a picture that shows the same. */
  readonly reason: 'ratio' | 'group' | 'duplicate';
}
export interface Quarantined {
  readonly id: number;
  readonly splits: readonly Split[];
  /** Pictures of those splits that it belongs with, one of each split. */
  readonly images: readonly number[];
}
export interface Outcome {
  readonly assigned: readonly Assignment[];
  readonly quarantined: readonly Quarantined[];
}

/**
 * @param pictures in order of arrival
 * @param links pairs of ids that show the same; unknown ids are ignored
 */
export function splitPictures(
  pictures: readonly Picture[],
  links: readonly (readonly [number, number])[],
  wish: SplitWish,
): Outcome {
  const { splits, reasons, quarantined } = joinKnown(pictures, links);
  const open = pictures.filter(({ id }) => !splits.has(id) && !quarantined.has(id));
  const tally = createTally(pictures, splits, open, wish);
  const components = unionOf(open, links).map((members) => ({
    members,
    lot: hashOf(
      wish.seed,
      members.map(({ key }) => key).reduce((a, b) => (a < b ? a : b)),
    ),
  }));
  const groups = components.filter(({ members }) => members.length > 1);
  for (const { members } of groups.toSorted((a, b) => b.members.length - a.members.length || a.lot - b.lot))
    for (const { id } of tally.placeGroup(members)) reasons.set(id, 'ratio');
  const singles = components.filter(({ members }) => members.length === 1).toSorted((a, b) => a.lot - b.lot);
  const strata = Map.groupBy(
    singles.flatMap(({ members }) => members),
    ({ label }) => label,
  );
  for (const label of [...strata.keys()].toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity)))
    for (const picture of strata.get(label) ?? []) {
      tally.placeOne(picture);
      reasons.set(picture.id, 'ratio');
    }
  return {
    assigned: pictures.flatMap(({ id, split }) => {
      const given = splits.get(id);
      return split === null && given !== undefined ? [{ id, split: given, reason: reasons.get(id) ?? 'ratio' }] : [];
    }),
    quarantined: [...quarantined.values()],
  };
}

type Counts = Record<Split, number>;
const none = (): Counts => ({ train: 0, valid: 0, test: 0 });
/** Shares such as 0.15 are not exact: 0.7 * 30 is not quite 21. */
const NEARLY = 1e-9;

/** Counts per label, as they are and as they shall be once all open pictures are placed. */
function createTally(
  pictures: readonly Picture[],
  splits: Map<number, Split>,
  open: readonly Picture[],
  { shares }: SplitWish,
) {
  const strata = new Map<number | null, { counts: Counts; total: number }>();
  const all = { counts: none(), total: 0 };
  const wanted = SPLITS.filter((split) => shares[split] > 0);
  const stratum = (label: number | null) => {
    const own = strata.get(label) ?? { counts: none(), total: 0 };
    strata.set(label, own);
    return own;
  };
  const count = (label: number | null, split: Split) => {
    stratum(label).counts[split] += 1;
    all.counts[split] += 1;
  };
  for (const { id, label } of pictures) {
    const split = splits.get(id);
    if (split === undefined) continue;
    count(label, split);
    stratum(label).total += 1;
    all.total += 1;
  }
  for (const { label } of open) {
    stratum(label).total += 1;
    all.total += 1;
  }
  const lacks = ({ counts, total }: { counts: Counts; total: number }, split: Split) =>
    shares[split] * total - counts[split];
  const most = (of: readonly Split[], value: (split: Split) => number): Split =>
    of.reduce((best, split) => (value(split) > value(best) + NEARLY ? split : best), of[0] as Split);
  const put = (picture: Picture, split: Split) => {
    splits.set(picture.id, split);
    count(picture.label, split);
  };

  return {
    /** Where a whole group brings its labels closest to the shares. */
    placeGroup(members: readonly Picture[]): readonly Picture[] {
      const labels = [...Map.groupBy(members, ({ label }) => label)];
      const split = most(wanted, (one) => {
        const gain = labels.reduce(
          (sum, [label, own]) => sum + own.length * (2 * lacks(stratum(label), one) - own.length),
          0,
        );
        // Where labels cannot tell, the whole can.
        return gain + NEARLY * 10 * lacks(all, one);
      });
      for (const member of members) put(member, split);
      return members;
    },
    /**
     * First what every split must have (its share rounded down), then what it may have (rounded up),
     * there by what the theme as a whole lacks most: so labels of few pictures still fill every split.
     */
    placeOne(picture: Picture): void {
      const own = stratum(picture.label);
      const must = wanted.filter((split) => own.counts[split] < Math.floor(shares[split] * own.total + NEARLY));
      const may = wanted.filter((split) => lacks(own, split) > NEARLY);
      put(
        picture,
        must.length > 0
          ? most(must, (split) => lacks(own, split))
          : most(may.length > 0 ? may : wanted, (split) => lacks(may.length > 0 ? all : own, split)),
      );
    },
  };
}
