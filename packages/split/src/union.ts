/** Pictures that belong together, directly or through others. */
import type { Picture } from './split.ts';

/** Components in order of their first picture, members in order of arrival. */
export function unionOf(
  pictures: readonly Picture[],
  links: readonly (readonly [number, number])[],
): (readonly Picture[])[] {
  const parent = new Map<number, number>(pictures.map(({ id }) => [id, id]));
  const root = (id: number): number => {
    let top = id;
    for (let up = parent.get(top); up !== undefined && up !== top; up = parent.get(top)) top = up;
    for (let at = id; at !== top;) {
      const up = parent.get(at) ?? top;
      parent.set(at, top);
      at = up;
    }
    return top;
  };
  const join = (a: number, b: number) => {
    if (parent.has(a) && parent.has(b)) parent.set(root(b), root(a));
  };
  for (const [a, b] of links) join(a, b);
  const first = new Map<string, number>();
  for (const { id, group } of pictures) {
    if (group === null) continue;
    const other = first.get(group);
    if (other === undefined) first.set(group, id);
    else join(other, id);
  }
  return [...Map.groupBy(pictures, ({ id }) => root(id)).values()];
}
