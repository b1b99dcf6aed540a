// Where playing begins.

/** The seconds of `?t=`: `90`, `1m30s`, `1h2m3s`; null for anything else. */
export function parse(text: string | null): number | null {
  const found = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s?)?$/.exec(text ?? '');
  if (!found || !text) return null;
  const [h, m, s] = found.slice(1).map((digits) => Number(digits ?? 0)) as [number, number, number];
  return h * 3600 + m * 60 + s;
}

/** Where to go on after an earlier visit: not for the first moments, and not when it was as good as over. */
export function resume(saved: number | null, duration: number): number {
  if (saved === null || !Number.isFinite(saved) || saved < 10) return 0;
  return saved > duration - Math.max(10, duration * 0.03) ? 0 : saved;
}
