import { expect, test } from 'vitest';
import { changed, filterOf, readSearch } from './search.ts';

test('what an address says is read, and nonsense is left out', () => {
  expect(
    readSearch({ state: 'unlabeled', label_id: '7', split: 'middle', page: '3', after: 'abc', quarantined: 'true' }),
  ).toEqual({ state: 'unlabeled', label_id: 7, page: 3, after: 'abc', quarantined: true });
  expect(readSearch({ state: 'all', page: '-1', label_id: 'x', image: 0 })).toEqual({});
  // A number without its beginning would show the wrong page.
  expect(readSearch({ page: '3' })).toEqual({});
});

test('the filter is what the server calls a filter; view, page and order are not', () => {
  expect(filterOf({ state: 'labeled', q: 'a', view: 'table', page: 2, after: 'x', order: 'oldest' })).toEqual({
    state: 'labeled',
    q: 'a',
  });
});

test('another filter begins on the first page, with no picture open', () => {
  expect(changed({ state: 'labeled', view: 'table', page: 2, after: 'x', image: 5 }, { split: 'test' })).toEqual({
    state: 'labeled',
    view: 'table',
    split: 'test',
  });
  expect(changed({ state: 'labeled', page: 2, after: 'x' }, { state: undefined })).toEqual({});
});
