// Tokens in the paths of media: `/vod/~TOKEN/TITLE/…`.

const TOKEN = /(\/(?:vod|live)\/)~([^/]+)\//;

/** The token of an address; null where it needs none. */
export const tokenOf = (url: string) => TOKEN.exec(url)?.[2] ?? null;

/** The address with another token in place of its own; unchanged if either is missing. */
export const withToken = (url: string, token: string | null) =>
  token === null ? url : url.replace(TOKEN, (_, tree: string) => `${tree}~${token}/`);

/** When a token ends, in milliseconds since the Unix epoch: the `exp` of a JWT (RFC 7519 §4.1.4), else null. */
export function endOf(token: string): number | null {
  const [, claims] = token.split('.');
  try {
    const { exp } = JSON.parse(atob((claims ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : null;
  } catch {
    return null;
  }
}

/** Milliseconds until a new token is fetched: after four fifths of its life, at most an hour, at least five seconds. */
export function renewalIn(token: string, now: number): number {
  const end = endOf(token);
  const life = end === null ? 300_000 : (end - now) * 0.8;
  return Math.min(3_600_000, Math.max(5000, life));
}
