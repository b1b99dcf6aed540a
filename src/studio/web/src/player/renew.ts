// Keeps the token of a title's media fresh while it plays.
import { get, type Title } from '../base/api';
import { renewalIn, tokenOf, withToken } from './token';

export class Access {
  #token: string | null;
  #title: string;
  #timer = 0;
  #asking: Promise<boolean> | null = null;
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

  /** Fetches a new token. False if the title may not be seen any more. */
  renew(): Promise<boolean> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** Ends the playing, once. */
  end(): void {
    clearTimeout(this.#timer);
    if (!this.#isOver) this.gone();
    this.#isOver = true;
  }

  async #ask(): Promise<boolean> {
    const { status, body } = await get<Title>(`titles/${encodeURIComponent(this.#title)}`);
    if (body?.playback) this.#token = tokenOf(body.playback.hls) ?? this.#token;
    this.#plan(body?.playback?.expires ?? null);
    return status === 0 || status >= 500 || Boolean(body?.playback);
  }

  /** What is loaded already would play on: whoever may not see it any more is stopped at the token's end. */
  async #renewed(): Promise<void> {
    if (!(await this.renew())) this.end();
  }

  #plan(expires: string | null): void {
    clearTimeout(this.#timer);
    const wait = renewalIn(expires, Date.now());
    if (wait !== null) this.#timer = window.setTimeout(() => void this.#renewed(), wait);
  }
}
