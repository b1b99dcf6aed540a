// Texts in the page's language: those of the catalogue that begin with `script.`.

let texts: Record<string, string> | undefined;

/** The text of `key` with `values` in its gaps. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  texts ??= JSON.parse(globalThis.document?.getElementById('texts')?.textContent ?? '{}') as Record<string, string>;
  return fill(texts[key] ?? key, values);
}

/** Puts `values` into the `{gaps}` of a text; what has no value stays. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));
}

/** The page's language. */
export const language = () => globalThis.document?.documentElement.lang || 'en';
