// How fast bytes go, over the last seconds.

const WINDOW = 8000;

export class Speed {
  #points: { at: number; sent: number }[] = [];

  /** Takes in that `sent` bytes in all had gone at the time `at`, in milliseconds. */
  add(at: number, sent: number): void {
    const last = this.#points.at(-1);
    // An upload that goes on elsewhere may have less than was thought.
    if (last && sent < last.sent) this.#points = [];
    this.#points.push({ at, sent });
    while (this.#points.length > 2 && at - (this.#points[0]?.at ?? at) > WINDOW) this.#points.shift();
  }

  /** Bytes a second; 0 until two moments are known. */
  rate(): number {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (!first || !last || last.at === first.at) return 0;
    return ((last.sent - first.sent) * 1000) / (last.at - first.at);
  }

  /** Seconds until `bytes` more have gone; infinite while nothing moves. */
  left(bytes: number): number {
    const rate = this.rate();
    return rate > 0 ? bytes / rate : Infinity;
  }

  forget(): void {
    this.#points = [];
  }
}
