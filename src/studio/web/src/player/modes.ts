// What plays after an item of a playlist.

export interface Modes {
  repeat: boolean;
  shuffle: boolean;
}

/** The place of the next item; null at the end. `random` is in 0..1. */
export function next(place: number, length: number, { repeat, shuffle }: Modes, random: number): number | null {
  if (length === 0) return null;
  if (shuffle && length > 1) {
    // Any but the one that just played.
    const other = Math.floor(random * (length - 1));
    return other >= place ? other + 1 : other;
  }
  if (place + 1 < length) return place + 1;
  return repeat ? 0 : null;
}
