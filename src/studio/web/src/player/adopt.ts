// Shadow roots whose style sheets are adopted: see plugins/adopted-styles.ts.

const parsed = new Map<string, CSSStyleSheet>();

/** Fills a shadow root; its <style> elements become sheets of its own, since controls write rules into the last one. */
export function adopt(root: ShadowRoot, html: string): void {
  const template = document.createElement('template');
  template.innerHTML = html;
  // A menu in a row, which ours never is, has a sheet of its own that a script switches on by its attribute.
  for (const switched of template.content.querySelectorAll('style[media]')) {
    const stand = document.createElement('template');
    stand.id = switched.id;
    switched.replaceWith(stand);
  }
  const styles = [...template.content.querySelectorAll('style')];
  const own = styles.map((style, place) => (place === styles.length - 1 ? sheet(style.textContent) : shared(style.textContent)));
  for (const style of styles) style.remove();
  root.replaceChildren(template.content);
  root.adoptedStyleSheets = own;
}

/** What stands where media-chrome looks for <style> elements: each has a `sheet`. */
export function sheets(parent: ParentNode): { sheet: CSSStyleSheet }[] {
  const adopted = parent instanceof ShadowRoot || parent instanceof Document ? parent.adoptedStyleSheets : [];
  return adopted.map((sheet) => ({ sheet }));
}

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

function shared(text: string): CSSStyleSheet {
  const known = parsed.get(text) ?? sheet(text);
  parsed.set(text, known);
  return known;
}
