// One file on its way, by tus 1.0.
import { Upload, type DetailedError } from 'tus-js-client';
import { get } from '../base/api';
import { DELAYS, delay, passes } from './backoff';
import { fingerprint } from './fingerprint';
import { known } from './known';
import { nameOf, type Item, type Phase } from './queue';
import { Speed } from './speed';

// The server ends a request after ten minutes.
const PIECE = 32 * 1024 * 1024;

/** What a file becomes: a title that some may see, another's file, or sound beside one. */
export type Purpose = { visibility: string } | { replace: string } | { beside: string; language: string };

export class Transfer implements Item {
  phase: Phase = 'queued';
  sent = 0;
  /** Seconds until the next try, while it retries. */
  wait = 0;
  /** Why it failed, in the server's words. */
  refused = '';
  /** True if the server had it before. */
  isKnown = false;
  /** The title that came of it. */
  title = '';
  readonly speed = new Speed();
  readonly name: string;
  readonly size: number;
  #file: File;
  #isTitle: boolean;
  #recognised: Promise<void> | null = null;
  #upload: Upload;
  #changed: () => void;

  constructor(file: File, purpose: Purpose, changed: () => void) {
    this.name = nameOf(file.name);
    this.size = file.size;
    this.#file = file;
    this.#isTitle = 'visibility' in purpose;
    this.#changed = changed;
    this.#upload = new Upload(file, {
      endpoint: '/api/v1/uploads',
      chunkSize: PIECE,
      retryDelays: DELAYS,
      removeFingerprintOnSuccess: true,
      fingerprint: () => fingerprint(file, purpose),
      metadata: { filename: file.name, name: this.name, ...purpose },
      onProgress: (sent) => this.#progress(sent),
      onShouldRetry: (error, failures) => this.#shouldRetry(error as DetailedError, failures),
      onError: (error) => this.#failed(error as DetailedError),
      onSuccess: () => void this.#succeeded(),
    });
  }

  /** Begins, or goes on where an earlier page was. */
  async start(): Promise<void> {
    this.#set('reading');
    const [earlier] = await this.#upload.findPreviousUploads();
    // It may have been paused meanwhile.
    if (this.phase !== 'reading') return;
    if (earlier) this.#upload.resumeFromPreviousUpload(earlier);
    this.#set('sending');
    this.#upload.start();
    // Beside sending: hashing a large file takes a while, which nobody should wait for.
    if (this.#isTitle) this.#recognised ??= this.#recognise();
  }

  async #recognise(): Promise<void> {
    const title = await known(this.#file);
    // Once all bytes are on their way, the title that is known may be this file's own.
    const isOver = this.phase === 'sent' || this.phase === 'failed' || this.sent >= this.size;
    if (title === null || isOver) return;
    await this.cancel();
    this.isKnown = true;
    this.title = title;
    this.sent = this.size;
    this.#set('sent');
  }

  pause(): void {
    void this.#upload.abort();
    this.speed.forget();
    this.#set('paused');
  }

  resume(): void {
    this.#set('queued');
  }

  /** Ends it and has the server forget what came. */
  async cancel(): Promise<void> {
    // A title that is there stays.
    if (this.phase !== 'sent') await this.#upload.abort(true).catch(() => undefined);
  }

  #progress(sent: number): void {
    this.sent = sent;
    this.speed.add(performance.now(), sent);
    if (this.phase === 'retrying' || this.phase === 'sending') this.#set('sending');
  }

  #shouldRetry(error: DetailedError, failures: number): boolean {
    const again = passes(error.originalResponse?.getStatus() ?? null);
    if (again) {
      this.wait = Math.ceil(delay(failures) / 1000);
      this.speed.forget();
      this.#set('retrying');
    }
    return again;
  }

  #failed(error: DetailedError): void {
    this.refused = reasonOf(error);
    this.#set('failed');
  }

  async #succeeded(): Promise<void> {
    this.sent = this.size;
    const id = this.#upload.url?.split('/').at(-1) ?? '';
    const { body } = await get<{ title: string | null }>(`uploads/${encodeURIComponent(id)}`);
    this.title = body?.title ?? '';
    this.#set('sent');
  }

  #set(phase: Phase): void {
    this.phase = phase;
    this.#changed();
  }
}

/** What the server said (RFC 9457), else its status. */
function reasonOf(error: DetailedError): string {
  const response = error.originalResponse;
  try {
    const problem = JSON.parse(response?.getBody() ?? '') as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? String(response?.getStatus());
  } catch {
    return response ? String(response.getStatus()) : error.message;
  }
}
