// The parts of an island: elements with `data-part`.

/** The part of this name; an island without it is a mistake in its template. */
export function part<E extends HTMLElement = HTMLElement>(root: ParentNode, name: string): E {
  const found = root.querySelector<E>(`[data-part="${name}"]`);
  if (!found) throw new Error(`no element has data-part="${name}"`);
  return found;
}

/** Sets a text only when it changes: a live region reads each change out. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
