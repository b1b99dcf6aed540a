import { expect, test } from 'vitest';
import { clock, moment, size } from './format';
import { fill } from './texts';

test('sizes are decimal, with one digit where there is only one before the point', () => {
  expect([0, 999, 1000, 999_999, 1_500_000, 5_368_709_120].map((bytes) => size(bytes, 'en'))).toEqual(['0 byte', '999 byte', '1.0 kB', '1,000 kB', '1.5 MB', '5.4 GB']);
  expect(size(1500, 'de')).toBe('1,5 kB');
});

test('places have hours only when there are any', () => {
  expect([0, 65.9, 3729, -1].map(clock)).toEqual(['0:00', '1:05', '1:02:09', '0:00']);
});

test('moments have tenths only when there are any', () => {
  expect([0, 7.04, 7.45, 65.9].map(moment)).toEqual(['0:00', '0:07', '0:07.4', '1:05.9']);
});

test('gaps without a value stay', () => {
  expect(fill('{a} of {b}', { a: 0 })).toBe('0 of {b}');
});
