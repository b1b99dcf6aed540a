// What the origin tells of its titles, and where their files are.

// The page of a restricted title has in its own query what opens the title's files.
const token = new URLSearchParams(location.search).get('token');

/** A path of the origin's API, with the token that this page was given. */
const withToken = (path) => (token ? `${path}?token=${encodeURIComponent(token)}` : path);

/** A path below `/vod/` with the token before it, so that whatever is relative to it inherits it. */
export const media = (path) => (token ? path.replace('/vod/', `/vod/~${encodeURIComponent(token)}/`) : path);

/** The public titles, as `/api/titles` lists them. */
export const titles = async () => (await json('/api/titles')).titles;

/** One title's description; null when there is no such title. */
export const title = (name) => json(`/api/titles/${name}`, null);

/** Seconds of an exact duration, `ticks` over a `timescale`. */
export const seconds = ({ ticks, timescale }) => ticks / timescale;

async function json(path, missing) {
  const response = await fetch(withToken(path));
  if (response.status === 404 && missing !== undefined) return missing;
  if (!response.ok) throw new Error(`The origin answered ${response.status} for ${path}.`);
  return response.json();
}
