import { afterEach, expect, test, vi } from 'vitest';
import { Access } from './renew';

const old = '/vod/~old/a/index.m3u8';

/** The access to a title whose API answers so, one answer after the other; then it is away. */
function access(...answers: Response[]): Access {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', async () => answers.shift() ?? Promise.reject(new TypeError()));
  return new Access('a', old, null);
}

const shown = (token: string) => new Response(JSON.stringify({ playback: { hls: `/vod/~${token}/a/index.m3u8`, expires: null } }));
const problem = (status: number, headers: HeadersInit = {}) => new Response('{}', { status, headers });

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a server that is away or asked too much is asked again, and the playing goes on', async () => {
  const one = access(problem(429, { 'Retry-After': '20' }), problem(503), shown('new'));
  let isGone = false;
  one.gone = () => (isGone = true);
  expect(await one.renew()).toBe('kept');
  await vi.advanceTimersByTimeAsync(19_000);
  expect(one.fresh(old)).toBe(old);
  await vi.advanceTimersByTimeAsync(7000);
  expect([one.fresh(old), isGone]).toEqual(['/vod/~new/a/index.m3u8', false]);
});

test('playing begins anew at once with a new token alone', async () => {
  const one = access(shown('new'), shown('new'));
  expect([await one.renew(), await one.renew(), await one.renew()]).toEqual(['renewed', 'kept', 'kept']);
});

test('a title that is taken from its viewers is gone', async () => {
  for (const status of [401, 403, 404, 410]) expect(await access(problem(status)).renew()).toBe('gone');
  expect(await access(new Response('{"playback":null}')).renew()).toBe('gone');
});

test('nothing is asked for after the end', async () => {
  const one = access(problem(503), shown('new'));
  const asked = one.renew();
  one.end();
  await asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(one.fresh(old)).toBe(old);
});
