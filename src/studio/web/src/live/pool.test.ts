import { expect, test } from 'vitest';
import { divide, isFinal, kind } from './pool';

test('a few titles have streams, the others are asked for; each once', () => {
  expect(divide(['a', 'b', 'a', 'c', 'd', 'e'])).toEqual({ stream: ['a', 'b', 'c'], poll: ['d', 'e'] });
  expect(divide([])).toEqual({ stream: [], poll: [] });
});

test('final states end the following', () => {
  expect(['received', 'encoding', 'published', 'failed'].map(isFinal)).toEqual([false, false, true, true]);
  expect(['waiting', 'proving', 'published', 'failed'].map(kind)).toEqual(['', 'busy', 'good', 'bad']);
});
