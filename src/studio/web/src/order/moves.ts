// Moving one of a list.

/** The list with what stands at `from` at `to`. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, place) => place !== from);
  const taken = list.slice(from, from + 1);
  const at = Math.max(0, Math.min(to, rest.length));
  return [...rest.slice(0, at), ...taken, ...rest.slice(at)];
}

/** The place over which a pointer at `y` is, from the middles of the rows in their order. */
export const placeAt = (middles: readonly number[], y: number) => middles.filter((middle) => middle < y).length;

/** Where a key moves what stands at `place`; null if the key moves nothing. */
export function byKey(key: string, place: number, length: number): number | null {
  const to = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: length - 1 }[key];
  return to === undefined ? null : Math.max(0, Math.min(to, length - 1));
}
