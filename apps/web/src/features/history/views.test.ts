import { expect, test } from 'vitest';
import { keepViews, storedViews, type View, withView } from './views.ts';

const view = (name: string, q: string): View => ({ name, conditions: { q }, columns: { tags: true } });
function memory(start: string | null) {
  let held = start;
  return { getItem: () => held, setItem: (_key: string, value: string) => void (held = value) };
}

test('what was kept comes back, the newest first; the same name is replaced', () => {
  const storage = memory(null);
  expect(storedViews(storage)).toEqual([]);
  keepViews(storage, withView(withView([view('a', '1'), view('b', '2')], view('c', '3')), view('a', '4')));
  expect(storedViews(storage)).toEqual([view('a', '4'), view('c', '3'), view('b', '2')]);
});

test('what is no view is left out', () => {
  expect(storedViews(memory('[1,{"name":"x"},null]'))).toEqual([]);
  expect(storedViews(memory('{'))).toEqual([]);
});
