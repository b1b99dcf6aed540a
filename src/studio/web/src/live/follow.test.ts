import { afterEach, expect, test, vi } from 'vitest';
import { follow } from './follow';

class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 1;

  constructor() {
    super();
    Stream.opened.push(this);
  }

  break(): void {
    this.readyState = Stream.CLOSED;
    this.dispatchEvent(new Event('error'));
  }

  close(): void {
    this.readyState = Stream.CLOSED;
  }
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a title whose stream is answered by a proxy is asked for, and has a stream again after a while', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', Stream);
  let asked = 0;
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ state: 'encoding', done: ++asked })));
  const heard: unknown[] = [];
  const end = follow(['a'], (_, { done }) => heard.push(done));
  Stream.opened[0]?.break();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(heard).toEqual([1, 2, 3]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(Stream.opened.length).toBe(2);
  const before = asked;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toBe(before);
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([Stream.opened.length, asked]).toEqual([2, before]);
});
