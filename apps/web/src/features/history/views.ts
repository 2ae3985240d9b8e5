/** Named views of the history, kept by the browser: conditions and columns. */
import type { ColumnVisibilityState } from '@tanstack/react-table';

export type Conditions = Partial<Record<'q' | 'kind' | 'track' | 'status' | 'scope', string>>;
export interface View {
  name: string;
  conditions: Conditions;
  columns: ColumnVisibilityState;
}
const STORED = 'minori.history.views';
const MOST = 50;

const isView = (value: unknown): value is View =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as View).name === 'string' &&
  typeof (value as View).conditions === 'object' &&
  typeof (value as View).columns === 'object';

/** What the browser keeps; anything else than views is left out. */
export function storedViews(storage: Pick<Storage, 'getItem'>): View[] {
  try {
    const held: unknown = JSON.parse(storage.getItem(STORED) ?? '[]');
    return Array.isArray(held) ? held.filter(isView).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export const keepViews = (storage: Pick<Storage, 'setItem'>, views: readonly View[]): void =>
  storage.setItem(STORED, JSON.stringify(views.slice(0, MOST)));

/** The newest first; one of the same name is replaced. */
export const withView = (views: readonly View[], view: View): View[] =>
  [view, ...views.filter(({ name }) => name !== view.name)].slice(0, MOST);
