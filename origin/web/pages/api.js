// What the origin tells of its titles.

/** All titles, as `/api/titles` lists them. */
export const titles = async () => (await json('/api/titles')).titles;

/** One title's description; null when there is no such title. */
export const title = (name) => json(`/api/titles/${name}`, null);

/** Seconds of an exact duration, `ticks` over a `timescale`. */
export const seconds = ({ ticks, timescale }) => ticks / timescale;

async function json(path, missing) {
  const response = await fetch(path);
  if (response.status === 404 && missing !== undefined) return missing;
  if (!response.ok) throw new Error(`The origin answered ${response.status} for ${path}.`);
  return response.json();
}
