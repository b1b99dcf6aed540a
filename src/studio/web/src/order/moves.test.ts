import { expect, test } from 'vitest';
import { byKey, moved, placeAt } from './moves';

test('one moves, the others keep their order', () => {
  const list = ['a', 'b', 'c', 'd'];
  expect(moved(list, 0, 2)).toEqual(['b', 'c', 'a', 'd']);
  expect(moved(list, 3, 0)).toEqual(['d', 'a', 'b', 'c']);
  expect(moved(list, 1, 99)).toEqual(['a', 'c', 'd', 'b']);
  expect(moved(list, 9, 0)).toEqual(list);
});

test('a pointer is over the row whose middle it has passed', () => {
  expect([5, 15, 25, 99].map((y) => placeAt([10, 20, 30], y))).toEqual([0, 1, 2, 3]);
});

test('keys move by one or to an end, and stay within', () => {
  expect(['ArrowUp', 'ArrowDown', 'Home', 'End', 'a'].map((key) => byKey(key, 1, 3))).toEqual([0, 2, 0, 2, null]);
  expect([byKey('ArrowUp', 0, 3), byKey('ArrowDown', 2, 3)]).toEqual([0, 2]);
});
