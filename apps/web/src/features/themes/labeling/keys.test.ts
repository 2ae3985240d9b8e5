import { expect, test } from 'vitest';
import { AS_SHIPPED, createKeyMap, hear, isFree, type KeyMap, shippedKey } from './keys.ts';

const labels = (count: number) => Array.from({ length: count }, (_, at) => 100 + at);
const label = (id: number) => ({ kind: 'meaning', meaning: { kind: 'label', id } });
const action = (name: string) => ({ kind: 'meaning', meaning: { kind: 'action', action: name } });
/** Presses keys one after the other, as the page does, and answers the last thing heard. */
function press(map: KeyMap, ...keys: string[]) {
  let waiting: string | null = null;
  let heard = hear(map, null, '');
  for (const key of keys) {
    heard = hear(map, waiting, key);
    waiting = heard.kind === 'waiting' ? heard.leader : null;
  }
  return heard;
}

test('nine labels have a digit each, 0 takes the label away', () => {
  const map = createKeyMap(labels(9), AS_SHIPPED);
  expect(press(map, '1')).toEqual(label(100));
  expect(press(map, '9')).toEqual(label(108));
  expect(press(map, '0')).toEqual(action('unlabel'));
  expect(press(map, 'q')).toEqual({ kind: 'nothing' });
});

test('from the tenth on two keys make a label', () => {
  const map = createKeyMap(labels(30), AS_SHIPPED);
  expect(shippedKey(9)).toBe('q1');
  expect(press(map, 'q')).toEqual({ kind: 'waiting', leader: 'q' });
  expect(press(map, 'q', '1')).toEqual(label(109));
  expect(press(map, 'Q', '9')).toEqual(label(117));
  expect(press(map, 'w', '1')).toEqual(label(118));
  // The second key of a pair that is not there stands for itself.
  expect(press(map, 'e', '9')).toEqual(label(108));
  expect(press(map, 'q', 'ArrowRight')).toEqual(action('next'));
});

test('a label beyond all pairs has no key', () => {
  expect(shippedKey(53)).toBe('t9');
  expect(shippedKey(54)).toBeNull();
  expect(createKeyMap(labels(60), AS_SHIPPED).labelKeys.get(155)).toBeUndefined();
});

test('what a person chose wins, and frees the shipped key', () => {
  const map = createKeyMap(labels(3), { actions: { unlabel: 'u' }, labels: { 100: 'd', 102: '1' } });
  expect(press(map, 'd')).toEqual(label(100));
  expect(press(map, '1')).toEqual(label(102));
  expect(press(map, '3')).toEqual({ kind: 'nothing' });
  expect(press(map, 'u')).toEqual(action('unlabel'));
  expect(press(map, '0')).toEqual({ kind: 'nothing' });
  expect(map.labelKeys.get(100)).toBe('d');
  expect(map.actionKeys.unlabel).toBe('u');
});

test('a single key on a leader silences its pairs, and no key cap lies about it', () => {
  const map = createKeyMap(labels(10), { actions: {}, labels: { 100: 'q' } });
  expect(press(map, 'q')).toEqual(label(100));
  expect(map.labelKeys.get(109)).toBeUndefined();
});

test('keys of the shell and the browser cannot be taken', () => {
  expect(['g', 'n', '?', 'Escape', 'Tab', ' ', ''].some(isFree)).toBe(false);
  const map = createKeyMap(labels(2), { actions: {}, labels: { 100: 'g' } });
  expect(press(map, '1')).toEqual(label(100));
});
