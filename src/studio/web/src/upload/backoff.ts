// When a try that failed is made again.

/** Milliseconds before the try that follows `failures` failures in a row: growing, at most half a minute. */
export const delay = (failures: number) => Math.min(30_000, 500 * 2 ** Math.min(failures, 10));

/** A day of tries: by then somebody has looked. */
export const DELAYS = Array.from({ length: 2900 }, (_, failures) => delay(failures));

/**
 * True if the same request may succeed later: nothing came back, the server has trouble, somebody else holds the
 * upload for a moment (423), or too much was asked (429). An offset that doesn't fit (409) is asked for anew.
 */
export const passes = (status: number | null) =>
  status === null || status === 0 || status >= 500 || [408, 409, 423, 425, 429].includes(status);
