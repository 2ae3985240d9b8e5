/** What the address of a theme's page says: which pictures, in which order, on which page, which one is open. */
import { imageFilter, THEME_QUEUES, type ThemeQueueName } from '@minori/contract';
import type { PictureFilter } from './queries.ts';

export interface ThemeSearch {
  state?: 'labeled' | 'unlabeled';
  label_id?: number;
  split?: 'train' | 'valid' | 'test' | 'none';
  uploaded_by?: string;
  labeled_by?: string;
  since?: string;
  until?: string;
  q?: string;
  group?: string;
  quarantined?: true;
  disputed?: true;
  /** Only open proposals of at least this confidence. */
  proposed?: number;
  order?: 'oldest';
  queue?: ThemeQueueName;
  view?: 'table';
  page?: number;
  /** Where the page begins; pages are counted, and found by this. */
  after?: string;
  image?: number;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value.slice(0, 400) : undefined);
const whole = (value: unknown) => {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
};
const share = (value: unknown) => {
  const number = value === undefined || value === '' ? Number.NaN : Number(value);
  return number >= 0 && number <= 1 ? number : undefined;
};
const among = <T extends string>(value: unknown, ...allowed: readonly T[]): T | undefined =>
  allowed.find((one) => one === value);

/** Anything can stand in an address: what is not understood is left out. */
export function readSearch(search: Record<string, unknown>): ThemeSearch {
  const page = whole(search['page']);
  const after = text(search['after']);
  const read = {
    state: among(search['state'], 'labeled', 'unlabeled'),
    label_id: whole(search['label_id']),
    split: among(search['split'], 'train', 'valid', 'test', 'none'),
    uploaded_by: text(search['uploaded_by']),
    labeled_by: text(search['labeled_by']),
    since: text(search['since']),
    until: text(search['until']),
    q: text(search['q']),
    group: text(search['group']),
    quarantined: String(search['quarantined']) === 'true' ? (true as const) : undefined,
    disputed: String(search['disputed']) === 'true' ? (true as const) : undefined,
    proposed: share(search['proposed']),
    order: among(search['order'], 'oldest'),
    queue: among(search['queue'], ...THEME_QUEUES),
    view: among(search['view'], 'table'),
    page: after === undefined ? undefined : page,
    after: page === undefined ? undefined : after,
    image: whole(search['image']),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) as ThemeSearch;
}

const FILTERS = new Set(Object.keys(imageFilter.shape));
/** The part that says which pictures are meant. */
export const filterOf = (search: ThemeSearch): PictureFilter =>
  Object.fromEntries(Object.entries(search).filter(([key]) => FILTERS.has(key))) as PictureFilter;

/** A change of what is shown leads back to the first page. */
export function changed(search: ThemeSearch, part: { [K in keyof ThemeSearch]?: ThemeSearch[K] | undefined }) {
  const { page: _page, after: _after, image: _image, ...rest } = search;
  return readSearch({ ...rest, ...part });
}
