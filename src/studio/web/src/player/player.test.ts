import { expect, test } from 'vitest';
import { next } from './modes';
import { parse, resume } from './time';
import { renewalIn, tokenOf, withToken } from './token';
import { TrackList } from './tracks';

test('a time in an address is seconds or hours, minutes and seconds', () => {
  expect(['90', '90s', '1m30s', '1h2m3s', '2h', '0'].map(parse)).toEqual([90, 90, 90, 3723, 7200, 0]);
  expect([null, '', 'x', '1:30', '-5', '1e9', '99999999'].map(parse)).toEqual([null, null, null, null, null, null, null]);
});

test('an earlier visit is gone on with, but not at its very beginning or end', () => {
  expect([resume(100, 600), resume(5, 600), resume(590, 600), resume(null, 600), resume(Number.NaN, 600)]).toEqual([100, 0, 0, 0, 0]);
});

test('a token is replaced in the path, and nowhere else', () => {
  const url = 'https://a.example/vod/~old/x/1/seg.m4s?q=~old/';
  expect(tokenOf(url)).toBe('old');
  expect(withToken(url, 'n$&w')).toBe('https://a.example/vod/~n$&w/x/1/seg.m4s?q=~old/');
  expect([tokenOf('/vod/x/index.m3u8'), withToken('/vod/x/index.m3u8', 'new'), withToken(url, null)]).toEqual([null, '/vod/x/index.m3u8', url]);
});

test('a token is renewed well before its end', () => {
  expect(renewalIn('1970-01-01T00:16:40Z', 900_000)).toBe(80_000);
  expect([renewalIn('1970-01-01T00:16:40Z', 2_000_000), renewalIn('2100-01-01T00:00:00Z', 0), renewalIn(null, 0)]).toEqual([5000, 3_600_000, null]);
});

test('a playlist goes on, from the start again, or anywhere but here', () => {
  const plain = { repeat: false, shuffle: false };
  expect([next(0, 3, plain, 0), next(2, 3, plain, 0), next(2, 3, { ...plain, repeat: true }, 0), next(0, 0, plain, 0)]).toEqual([1, null, 0, null]);
  const shuffled = [0, 0.3, 0.5, 0.99].map((random) => next(1, 3, { ...plain, shuffle: true }, random));
  expect(shuffled).toEqual([0, 0, 2, 2]);
});

test('a list of tracks is read by place and by order, and tells of changes', () => {
  const list = new TrackList<string>();
  let told = 0;
  list.addEventListener('added', () => told++);
  list.fill(['a', 'b', 'c'], 'added');
  list.fill(['d'], 'added');
  expect([list[0], list[1], list.length, [...list], told]).toEqual(['d', undefined, 1, ['d'], 2]);
});
