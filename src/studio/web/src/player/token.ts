// Tokens in the paths of media: `/vod/~TOKEN/TITLE/…`.

const TOKEN = /(\/(?:vod|live)\/)~([^/]+)\//;

/** The token of an address; null where it needs none. */
export const tokenOf = (url: string) => TOKEN.exec(url)?.[2] ?? null;

/** The address with another token in place of its own; unchanged if either is missing. */
export const withToken = (url: string, token: string | null) =>
  token === null ? url : url.replace(TOKEN, (_, tree: string) => `${tree}~${token}/`);

/**
 * Milliseconds until the next token is fetched, of one that ends at `expires` (RFC 3339): after four fifths of its life,
 * at most an hour, at least five seconds. Null where it doesn't end.
 */
export function renewalIn(expires: string | null, now: number): number | null {
  const end = Date.parse(expires ?? '');
  if (Number.isNaN(end)) return null;
  return Math.min(3_600_000, Math.max(5000, (end - now) * 0.8));
}
