/** Keys of the labeling pages: which key means what, also when it is the second of two. Pure. */

export const ACTIONS = [
  'unlabel',
  'next',
  'previous',
  'open',
  'undo',
  'redo',
  'search',
  'select',
  'delete',
  'accept',
  'refuse',
  'keep',
  'zoom_in',
  'zoom_out',
  'brighter',
  'darker',
  'reset_view',
] as const;
export type Action = (typeof ACTIONS)[number];

const DEFAULTS: Readonly<Record<Action, string>> = {
  unlabel: '0',
  next: 'ArrowRight',
  previous: 'ArrowLeft',
  open: 'Enter',
  undo: 'z',
  redo: 'y',
  search: '/',
  select: 'x',
  delete: 'Delete',
  accept: 'a',
  refuse: 'd',
  keep: 'k',
  zoom_in: '+',
  zoom_out: '-',
  brighter: ']',
  darker: '[',
  reset_view: '=',
};

/** As it is printed on keys, where its name in the browser is none. */
const CAPS: Readonly<Record<string, string>> = { ArrowRight: '→', ArrowLeft: '←', ArrowUp: '↑', ArrowDown: '↓' };
export const capOf = (key: string): string => CAPS[key] ?? key;

/** What a person has changed: action or label -> key. */
export interface Rebound {
  readonly actions: Readonly<Partial<Record<Action, string>>>;
  /** By label id; null: no key. */
  readonly labels: Readonly<Record<string, string>>;
}
export const AS_SHIPPED: Rebound = { actions: {}, labels: {} };

/** First keys of the pairs that reach labels beyond nine: `q1` is the tenth label, `w1` the nineteenth. */
const LEADERS = ['q', 'w', 'e', 'r', 't'] as const;
const SINGLE = 9;
/** Keys that the shell, the browser or the page itself needs. */
const RESERVED: ReadonlySet<string> = new Set([
  'g',
  'n',
  '?',
  'Escape',
  'Tab',
  ' ',
  'ArrowUp',
  'ArrowDown',
  'Home',
  'End',
  'PageUp',
  'PageDown',
  'Shift',
  'Control',
  'Alt',
  'Meta',
  'Backspace',
]);

/** The shipped key of the label at a place (from 0): `1`-`9`, then pairs, then none (search finds it). */
export function shippedKey(place: number): string | null {
  if (place < SINGLE) return String(place + 1);
  const leader = LEADERS[Math.floor((place - SINGLE) / SINGLE)];
  return leader === undefined ? null : `${leader}${((place - SINGLE) % SINGLE) + 1}`;
}

export type Meaning = { kind: 'label'; id: number } | { kind: 'action'; action: Action };
export interface KeyMap {
  readonly meanings: ReadonlyMap<string, Meaning>;
  /** Keys that wait for a second one. */
  readonly leaders: ReadonlySet<string>;
  readonly labelKeys: ReadonlyMap<number, string>;
  readonly actionKeys: Readonly<Record<Action, string>>;
}

/** What a person has chosen wins over what is shipped; two chosen alike: the later one wins. */
export function createKeyMap(labels: readonly number[], rebound: Rebound): KeyMap {
  const meanings = new Map<string, Meaning>();
  const labelKeys = new Map<number, string>();
  const actionKeys = { ...DEFAULTS };
  const chosenLabels = new Map<number, string>();
  for (const id of labels) {
    const key = rebound.labels[String(id)];
    if (key !== undefined && isFree(key)) chosenLabels.set(id, key);
  }
  labels.forEach((id, place) => {
    const key = shippedKey(place);
    if (key !== null && !chosenLabels.has(id)) meanings.set(key, { kind: 'label', id });
  });
  for (const action of ACTIONS) {
    const key = rebound.actions[action];
    if (key !== undefined && isFree(key)) actionKeys[action] = key;
    meanings.set(actionKeys[action], { kind: 'action', action });
  }
  for (const [id, key] of chosenLabels) meanings.set(key, { kind: 'label', id });
  for (const [key, meaning] of meanings) if (meaning.kind === 'label') labelKeys.set(meaning.id, key);
  const leaders = new Set([...meanings.keys()].filter((key) => /^[a-z][1-9]$/.test(key)).map((key) => key.charAt(0)));
  // A first key that means something by itself would never wait for the second.
  for (const key of meanings.keys()) leaders.delete(key);
  for (const [id, key] of labelKeys) if (key.length === 2 && !leaders.has(key.charAt(0))) labelKeys.delete(id);
  return { meanings, leaders, labelKeys, actionKeys };
}

/** Whether a person may put something on this key. */
export const isFree = (key: string): boolean => key !== '' && !RESERVED.has(key);

export type Heard =
  | { kind: 'meaning'; meaning: Meaning }
  /** The first of two keys: wait for the second. */
  | { kind: 'waiting'; leader: string }
  | { kind: 'nothing' };

/** One key press, with the key that waits for it, if any. A second key that means nothing with the first stands for itself. */
export function hear(map: KeyMap, waiting: string | null, pressed: string): Heard {
  const key = pressed.length === 1 ? pressed.toLowerCase() : pressed;
  if (waiting !== null) {
    const pair = map.meanings.get(waiting + key);
    if (pair !== undefined) return { kind: 'meaning', meaning: pair };
  }
  const single = map.meanings.get(key);
  if (single !== undefined) return { kind: 'meaning', meaning: single };
  return map.leaders.has(key) ? { kind: 'waiting', leader: key } : { kind: 'nothing' };
}
