/** What the browser holds of a theme's pictures and numbers, and how a label changes it. Pure. */
import type { ImagePage, ThemeImage, ThemeStatistics } from '@minori/contract';

export type LabelId = number | null;
/** Who did it, when, what: as the server will say it, too. */
export interface Given {
  readonly label_id: LabelId;
  readonly by: string;
  readonly at: string;
  readonly source?: 'person' | 'prelabel';
  /** Somebody looks a second time: the label is decided, also where it stays. */
  readonly settle?: boolean;
}

export function relabeled(image: ThemeImage, given: Given): ThemeImage {
  const { label_id, by, at, source = 'person', settle = false } = given;
  const same = image.label_id === label_id;
  if (same && !settle) return image;
  const decided: ThemeImage['decided'] = image.decided.filter((one) => one !== 'label');
  if (settle && label_id !== null) decided.push('label');
  if (same) return { ...image, decided };
  if (label_id === null) return { ...image, label_id, labeled_by: null, labeled_at: null, label_source: null, decided };
  return { ...image, label_id, labeled_by: by, labeled_at: at, label_source: source, prelabel: null, decided };
}

/** The page with some pictures exchanged; the same object when none of them is on it. */
export function withPictures(page: ImagePage, changed: ReadonlyMap<number, ThemeImage>): ImagePage {
  if (!page.items.some((image) => changed.has(image.id))) return page;
  return { ...page, items: page.items.map((image) => changed.get(image.id) ?? image) };
}

export function without(page: ImagePage, gone: ReadonlySet<number>): ImagePage {
  const items = page.items.filter((image) => !gone.has(image.id));
  const left = page.items.length - items.length;
  return left === 0 ? page : { ...page, items, total: page.total === null ? null : page.total - left };
}

/** Counts after these pictures went from one label to another; splits do not change by labeling. */
export function recounted(
  held: ThemeStatistics,
  changes: readonly { from: LabelId; to: LabelId; split: ThemeImage['split'] }[],
): ThemeStatistics {
  const labels = new Map(held.labels.map((label) => [label.label_id, { ...label }]));
  const unlabeled_splits = { ...held.unlabeled_splits };
  let { labeled, unlabeled } = held;
  for (const { from, to, split } of changes) {
    if (from === to) continue;
    const place = split ?? 'unassigned';
    for (const [id, step] of [
      [from, -1],
      [to, 1],
    ] as const) {
      if (id === null) {
        unlabeled += step;
        labeled -= step;
        unlabeled_splits[place] += step;
        continue;
      }
      const label = labels.get(id);
      if (label === undefined) continue;
      label.count += step;
      label[place] += step;
    }
  }
  return {
    ...held,
    labeled,
    unlabeled,
    unlabeled_splits,
    labels: held.labels.map((label) => labels.get(label.label_id) ?? label),
  };
}
