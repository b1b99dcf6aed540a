// Keeps the token of a title's media fresh while it plays.
import { get, type Title } from '../base/api';
import { renewalIn, tokenOf, withToken } from './token';

// Seconds until the next try where no answer came.
const AGAIN = 5;
// The title is gone, or is no longer for who watches. Any other error says nothing about that.
const GONE = [401, 403, 404, 410];

/** What came of asking for a new token: one, none for now, or none any more. */
export type Renewal = 'renewed' | 'kept' | 'gone';

export class Access {
  #token: string | null;
  #title: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: Promise<Renewal> | null = null;
  #isOver = false;
  /** Ends the playing, when the title may not be seen any more. */
  gone: () => void = () => undefined;

  constructor(title: string, hls: string, expires: string | null) {
    this.#title = title;
    this.#token = tokenOf(hls);
    this.#plan(expires);
  }

  /** The address with the newest token. */
  fresh(url: string): string {
    return withToken(url, this.#token);
  }

  /** Fetches a new token. */
  renew(): Promise<Renewal> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** Ends the playing, once. */
  end(): void {
    clearTimeout(this.#timer);
    if (!this.#isOver) this.gone();
    this.#isOver = true;
  }

  async #ask(): Promise<Renewal> {
    const { status, body, after } = await get<Title>(`titles/${encodeURIComponent(this.#title)}`);
    if (GONE.includes(status) || (status === 200 && !body?.playback)) return 'gone';
    if (status !== 200 || !body?.playback) {
      this.#wait(1000 * Math.max(AGAIN, after ?? 0));
      return 'kept';
    }
    const before = this.#token;
    this.#token = tokenOf(body.playback.hls) ?? before;
    this.#plan(body.playback.expires);
    return this.#token === before ? 'kept' : 'renewed';
  }

  /** What is loaded already would play on: whoever may not see it any more is stopped at the token's end. */
  async #renewed(): Promise<void> {
    if ((await this.renew()) === 'gone') this.end();
  }

  #plan(expires: string | null): void {
    this.#wait(renewalIn(expires, Date.now()));
  }

  #wait(milliseconds: number | null): void {
    clearTimeout(this.#timer);
    if (milliseconds !== null && !this.#isOver) this.#timer = setTimeout(() => void this.#renewed(), milliseconds);
  }
}
