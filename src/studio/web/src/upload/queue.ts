// The order in which files are sent: a few at once, the others wait.

export type Phase =
  | 'queued' // waits for its turn
  | 'reading' // its fingerprint is made
  | 'sending'
  | 'retrying' // waits before it is tried again
  | 'paused' // by its owner
  | 'sent' // the server has all of it
  | 'failed'; // refused

export interface Item {
  phase: Phase;
  size: number;
  sent: number;
}

const AT_ONCE = 2;

const active = ({ phase }: Item) => phase === 'reading' || phase === 'sending' || phase === 'retrying';

/** Those whose turn has come. */
export function due<I extends Item>(items: readonly I[], atOnce = AT_ONCE): I[] {
  const free = atOnce - items.filter(active).length;
  return items.filter(({ phase }) => phase === 'queued').slice(0, Math.max(0, free));
}

/** True if leaving the page would interrupt something. */
export const busy = (items: readonly Item[]) => items.some((item) => active(item) || item.phase === 'queued');

/** Sums over what was not refused. */
export function total(items: readonly Item[]): { all: number; done: number; size: number; sent: number } {
  const counted = items.filter(({ phase }) => phase !== 'failed');
  const sum = (of: (item: Item) => number) => counted.reduce((all, item) => all + of(item), 0);
  const done = counted.filter(({ phase }) => phase === 'sent').length;
  return { all: counted.length, done, size: sum(({ size }) => size), sent: sum(({ sent }) => sent) };
}

/** Why a file need not be tried, before its first byte. Limits are in bytes; none is no limit. */
export function refusal(size: number, largest: number | null, room: number | null): 'too_large' | 'no_room' | null {
  if (largest !== null && size > largest) return 'too_large';
  return room !== null && size > room ? 'no_room' : null;
}

/** A name for people: that of the file without its ending. */
export const nameOf = (file: string) => file.replace(/\.[^.]{1,8}$/, '').replaceAll('_', ' ').trim() || file;
