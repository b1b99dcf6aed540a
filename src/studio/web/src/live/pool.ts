// Which titles are followed by a stream of events, and which are asked for now and then: a browser has six connections
// to a server that speaks HTTP/1.1 (RFC 9112 §9.4 leaves the number to it), and pages and uploads need some.

const STREAMS = 3;

export interface Plan {
  stream: string[];
  poll: string[];
}

/** Divides the titles that are still on their way; the first ones of the page get the streams. */
export function divide(titles: readonly string[], streams = STREAMS): Plan {
  const each = [...new Set(titles)];
  return { stream: each.slice(0, streams), poll: each.slice(streams) };
}

export const isFinal = (state: string) => state === 'published' || state === 'failed';

/** The class of a state's badge. */
export function kind(state: string): string {
  if (state === 'published') return 'good';
  if (state === 'failed') return 'bad';
  return state === 'waiting' || state === 'received' ? '' : 'busy';
}
