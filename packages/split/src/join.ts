/** New pictures that belong with old ones follow them; one that belongs with several splits stays out. */
import type { Split } from '@minori/contract';
import type { Assignment, Picture, Quarantined } from './split.ts';

export interface Joined {
  /** Old ones and those that followed. */
  readonly splits: Map<number, Split>;
  readonly reasons: Map<number, Assignment['reason']>;
  readonly quarantined: Map<number, Quarantined>;
}

/**
 * In waves: whoever touches a picture with a split is looked at, in order of arrival. So no two pictures
 * that belong together and have a split ever have two, unless they had before.
 */
export function joinKnown(pictures: readonly Picture[], links: readonly (readonly [number, number])[]): Joined {
  const place = new Map(pictures.map(({ id }, index) => [id, index]));
  const splits = new Map<number, Split>(
    pictures.flatMap(({ id, split }) => (split === null ? [] : [[id, split] as const])),
  );
  const reasons = new Map<number, Assignment['reason']>();
  const quarantined = new Map<number, Quarantined>();
  const like = neighbours(place, links);
  const members = Map.groupBy(
    pictures.filter(({ group }) => group !== null),
    ({ group }) => group as string,
  );
  /** One picture of each split that a group has. */
  const held = new Map<string, Map<Split, number>>();
  const hold = ({ id, group }: Picture, split: Split) => {
    if (group === null) return false;
    const own = held.get(group) ?? new Map<Split, number>();
    const isNew = !own.has(split);
    if (isNew) held.set(group, own.set(split, id));
    return isNew;
  };

  let wave = new Set<number>();
  const touch = (picture: Picture, split: Split) => {
    for (const other of like.get(picture.id) ?? []) if (!splits.has(other)) wave.add(other);
    if (hold(picture, split))
      for (const { id } of members.get(picture.group ?? '') ?? []) if (!splits.has(id)) wave.add(id);
  };
  for (const picture of pictures) if (picture.split !== null) touch(picture, picture.split);

  while (wave.size > 0) {
    const now = [...wave].toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    wave = new Set();
    for (const id of now) {
      const picture = pictures[place.get(id) ?? -1];
      if (picture === undefined || splits.has(id)) continue;
      const ofGroup = picture.group === null ? undefined : held.get(picture.group);
      const found = new Map<Split, number>(ofGroup);
      for (const other of like.get(id) ?? []) {
        const split = splits.get(other);
        if (split !== undefined && !found.has(split)) found.set(split, other);
      }
      const [only, ...more] = found.keys();
      if (only === undefined) continue;
      if (more.length > 0) {
        quarantined.set(id, { id, splits: [only, ...more].toSorted(), images: [...found.values()] });
        continue;
      }
      splits.set(id, only);
      reasons.set(id, ofGroup?.has(only) ? 'group' : 'duplicate');
      touch(picture, only);
    }
  }
  return { splits, reasons, quarantined };
}

function neighbours(
  place: ReadonlyMap<number, number>,
  links: readonly (readonly [number, number])[],
): Map<number, number[]> {
  const like = new Map<number, number[]>();
  const add = (from: number, to: number) => {
    const own = like.get(from);
    if (own === undefined) like.set(from, [to]);
    else own.push(to);
  };
  for (const [a, b] of links) {
    if (!place.has(a) || !place.has(b)) continue;
    add(a, b);
    add(b, a);
  }
  return like;
}
