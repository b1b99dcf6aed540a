// Shadow roots whose style sheets are adopted: see plugins/adopted-styles.ts.

const parsed = new Map<string, CSSStyleSheet>();

/** Fills a shadow root; its <style> elements become sheets of its own, since controls write rules into the last one. */
export function adopt(root: ShadowRoot, html: string): void {
  const template = document.createElement('template');
  template.innerHTML = html;
  const own: CSSStyleSheet[] = [];
  const styles = [...template.content.querySelectorAll('style')];
  styles.forEach((style, place) => {
    const last = place === styles.length - 1;
    own.push(last ? sheet(style.textContent) : shared(style.textContent));
    style.remove();
  });
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
