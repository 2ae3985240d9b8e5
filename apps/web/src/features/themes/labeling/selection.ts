/** Which pictures are chosen. Pure: (held, what the hand did) -> held. Order is the order on the page. */

export interface Selection {
  readonly ids: ReadonlySet<number>;
  /** Where a range begins: the picture that was chosen last without shift. */
  readonly anchor: number | null;
  /** Everything that matches the filter, also on other pages. */
  readonly everything: boolean;
}

export const NOTHING: Selection = { ids: new Set(), anchor: null, everything: false };

export const isEmpty = (selection: Selection): boolean => selection.ids.size === 0;

export function toggle(held: Selection, id: number): Selection {
  const ids = new Set(held.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id, everything: false };
}

/** From the anchor to `id`, both included, added to what is chosen; without an anchor just this one. */
export function extend(held: Selection, order: readonly number[], id: number): Selection {
  const to = order.indexOf(id);
  const from = held.anchor === null ? -1 : order.indexOf(held.anchor);
  if (to === -1) return held;
  if (from === -1) return { ids: new Set([...held.ids, id]), anchor: id, everything: false };
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...held.ids, ...range]), anchor: held.anchor, everything: false };
}

/** What a lasso caught: replaces the choice, or joins it when `joined` (Ctrl, Cmd or Shift was held at its start). */
export function lasso(before: Selection, caught: readonly number[], joined: boolean): Selection {
  const ids = new Set(joined ? [...before.ids, ...caught] : caught);
  return { ids, anchor: caught[0] ?? before.anchor, everything: false };
}

export const choosePage = (order: readonly number[]): Selection => ({
  ids: new Set(order),
  anchor: order[0] ?? null,
  everything: false,
});

export const chooseEverything = (order: readonly number[]): Selection => ({ ...choosePage(order), everything: true });

/** Pictures that are gone from the page leave the choice. */
export function keepKnown(held: Selection, order: readonly number[]): Selection {
  const known = new Set(order);
  const ids = new Set([...held.ids].filter((id) => known.has(id)));
  if (ids.size === held.ids.size) return held;
  return { ids, anchor: held.anchor !== null && known.has(held.anchor) ? held.anchor : null, everything: false };
}
