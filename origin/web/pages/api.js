// What the origin tells of its titles, and where their files are.

// Where access is controlled, the page's own query has what opens the rest.
const token = new URLSearchParams(location.search).get('token');

/** A path of the origin's pages or API, with the token that this page was given. */
export const withToken = (path) => (token ? `${path}?token=${encodeURIComponent(token)}` : path);

/** A path below `/vod/` with the token before it, so that whatever is relative to it inherits it. */
export const media = (path) => (token ? path.replace('/vod/', `/vod/~${encodeURIComponent(token)}/`) : path);

/** All titles, as `/api/titles` lists them. */
export const titles = async () => (await json('/api/titles')).titles;

/** One title's description; null when there is no such title. */
export const title = (name) => json(`/api/titles/${name}`, null);

/** Seconds of an exact duration, `ticks` over a `timescale`. */
export const seconds = ({ ticks, timescale }) => ticks / timescale;

async function json(path, missing) {
  const response = await fetch(withToken(path));
  if (response.status === 404 && missing !== undefined) return missing;
  if ([401, 403].includes(response.status)) throw new Error('Access is controlled: this address has no valid token for it.');
  if (!response.ok) throw new Error(`The origin answered ${response.status} for ${path}.`);
  return response.json();
}
