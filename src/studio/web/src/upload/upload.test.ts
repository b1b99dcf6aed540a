import { expect, test } from 'vitest';
import { DELAYS, delay, passes } from './backoff';
import { fingerprint } from './fingerprint';
import { digest } from './hash.worker';
import { busy, due, nameOf, refusal, total, type Item, type Phase } from './queue';
import { progress } from './row';
import { Speed } from './speed';

const hidden = { visibility: 'restricted' };
const file = (parts: string[], name: string, lastModified = 0) => new File(parts, name, { lastModified });
const item = (phase: Phase, size = 10, sent = 0): Item => ({ phase, size, sent });

test('two files go at once, in their order', () => {
  const items = [item('sent'), item('sending'), item('paused'), item('queued'), item('queued')];
  expect(due(items)).toEqual([items[3]]);
  expect(due(items.slice(2))).toEqual([items[3], items[4]]);
  expect(due([item('retrying'), item('reading'), item('queued')])).toEqual([]);
});

test('leaving is asked about while something is on its way, not for what is paused', () => {
  expect(busy([item('sent'), item('paused'), item('failed')])).toBe(false);
  expect(busy([item('queued')])).toBe(true);
});

test('the whole is of all but what was refused', () => {
  expect(total([item('sent', 10, 10), item('sending', 30, 5), item('failed', 99)])).toEqual({ all: 2, done: 1, size: 40, sent: 15 });
});

test('what is too large or has no room is told before a byte goes', () => {
  expect([refusal(11, 10, 100), refusal(10, 10, 5), refusal(10, 10, 10), refusal(10, null, null)]).toEqual(['too_large', 'no_room', null, null]);
});

test('people call a file as it is called, without its ending', () => {
  expect(['Ünder_the sea.final.MP4', '.mkv', 'Nr. 5'].map(nameOf)).toEqual(['Ünder the sea.final', '.mkv', 'Nr']);
});

test('waits grow to half a minute and go on for a day', () => {
  expect([0, 1, 5, 6, 99].map(delay)).toEqual([500, 1000, 16_000, 30_000, 30_000]);
  expect(DELAYS.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(86_000_000);
});

test('what may pass is tried again', () => {
  expect([null, 0, 500, 503, 409, 423, 429].every(passes)).toBe(true);
  expect([400, 401, 403, 404, 413, 460].some(passes)).toBe(false);
});

test('speed is that of the last seconds, and starts anew after a step back', () => {
  const speed = new Speed();
  expect(speed.left(10)).toBe(Infinity);
  for (let second = 0; second <= 20; second++) speed.add(second * 1000, second < 10 ? 0 : (second - 10) * 100);
  expect(speed.rate()).toBe(100);
  expect(speed.left(500)).toBe(5);
  speed.add(21_000, 0);
  expect(speed.rate()).toBe(0);
});

test('a file is known by its content, whatever its name', async () => {
  const [a, b, c] = [file(['abc'], 'a.mp4'), file(['abc'], 'b.mp4'), file(['abd'], 'a.mp4')];
  expect(await fingerprint(a, hidden)).toBe(await fingerprint(b, hidden));
  expect(await fingerprint(a, hidden)).not.toBe(await fingerprint(c, hidden));
  const large = (last: string) => file(['x'.repeat(3 << 20), last], 'l');
  expect(await fingerprint(large('a'), hidden)).not.toBe(await fingerprint(large('b'), hidden));
});

test('an upload goes on for the audience or the title that it began for, and with the same file', async () => {
  const purposes: Record<string, string>[] = [hidden, { visibility: 'public' }, { replace: 'a' }, { replace: 'b' }, { beside: 'a', language: 'en' }];
  const keys = purposes.map((purpose) => fingerprint(file(['abc'], 'a.mp4'), purpose));
  expect(new Set(await Promise.all(keys)).size).toBe(purposes.length);
  // Two disk images have their size and their ends in common.
  expect(await fingerprint(file(['abc'], 'a.mp4', 1), hidden)).not.toBe(await fingerprint(file(['abc'], 'a.mp4', 2), hidden));
});

test('the bar shows the bytes, then the encoding, and nothing certain between', () => {
  expect(progress({ sent: 5, size: 10, phase: 'sending' }, null)).toEqual({ value: 0.5 });
  expect(progress({ sent: 10, size: 10, phase: 'sent' }, { state: 'probing' })).toEqual({ value: null });
  expect(progress({ sent: 10, size: 10, phase: 'sent' }, { state: 'encoding', done: 1, total: 4 })).toEqual({ value: 0.25 });
});

test('the digest is BLAKE3', async () => {
  expect(await digest(new Blob(['abc']))).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
});
