// The studio's API, as the pages use it.

/** Parts of a title that the scripts use. */
export interface Title {
  id: string;
  name: string;
  owner: string | null;
  state: string;
  reason: string | null;
  duration: number | null;
  playback: { hls: string; dash: string; poster: string | null; expires: string | null } | null;
}

export interface Answer<T> {
  status: number;
  body: T | null;
  etag: string | null;
  /** Seconds after which the server wants to be asked again (RFC 9110 §10.2.3), where it says so. */
  after: number | null;
}

/** Sends a request to `/api/v1/PATH`. A status of 0 means that no answer came. */
export async function call<T>(method: string, path: string, body?: unknown, headers: HeadersInit = {}): Promise<Answer<T>> {
  const init: RequestInit = { method, headers: { Accept: 'application/json', ...headers } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
  }
  try {
    const response = await fetch(`/api/v1/${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? null : (JSON.parse(text) as T),
      etag: response.headers.get('ETag'),
      after: Number(response.headers.get('Retry-After')) || null,
    };
  } catch {
    return { status: 0, body: null, etag: null, after: null };
  }
}

export const get = <T>(path: string) => call<T>('GET', path);
