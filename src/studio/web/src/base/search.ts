// Suggests titles while one types in the bar: a combobox with a list (ARIA Authoring Practices).
import { get, type Title } from './api';
import { clock } from './format';
import { later } from './later';

const SHOWN = 7;

class Search extends HTMLElement {
  #list = document.createElement('div');
  #input: HTMLInputElement | null = null;
  #asked = 0;

  connectedCallback(): void {
    this.#input = this.querySelector('input');
    const input = this.#input;
    if (!input) return;
    this.#list.className = 'seek-results';
    this.#list.id = 'suggestions';
    this.#list.hidden = true;
    this.#list.setAttribute('role', 'listbox');
    this.#list.setAttribute('aria-label', input.getAttribute('aria-label') ?? '');
    this.append(this.#list);
    for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-controls', 'suggestions'], ['aria-expanded', 'false']] as const) {
      input.setAttribute(name, value);
    }
    input.addEventListener('input', later(150, () => void this.#suggest()));
    input.addEventListener('keydown', (event) => this.#key(event));
    this.addEventListener('focusout', () => setTimeout(() => this.contains(document.activeElement) || this.#show([]), 150));
    document.addEventListener('keydown', (event) => focusBySlash(event, input));
  }

  async #suggest(): Promise<void> {
    const text = this.#input?.value.trim() ?? '';
    const asked = ++this.#asked;
    if (text.length < 2) return this.#show([]);
    const { body } = await get<{ items: Title[] }>(`titles?limit=${SHOWN}&q=${encodeURIComponent(text)}`);
    if (asked === this.#asked) this.#show(body?.items.slice(0, SHOWN) ?? []);
  }

  #show(titles: Title[]): void {
    this.#list.replaceChildren(...titles.map(option));
    this.#list.hidden = titles.length === 0;
    this.#input?.setAttribute('aria-expanded', String(titles.length > 0));
    this.#input?.removeAttribute('aria-activedescendant');
  }

  #key(event: KeyboardEvent): void {
    const options = [...this.#list.querySelectorAll<HTMLElement>('[role="option"]')];
    const at = options.findIndex((option) => option.ariaSelected === 'true');
    if (event.key === 'Escape' && options.length > 0) {
      event.preventDefault();
      return this.#show([]);
    }
    if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      options[at]?.click();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || options.length === 0) return;
    event.preventDefault();
    const next = options.at(at < 0 && step < 0 ? -1 : (at + step) % options.length);
    for (const option of options) option.ariaSelected = String(option === next);
    if (next) this.#input?.setAttribute('aria-activedescendant', next.id);
    next?.scrollIntoView({ block: 'nearest' });
  }
}

function option(title: Title, place: number): HTMLElement {
  const row = document.createElement('div');
  row.id = `suggestion-${place}`;
  row.role = 'option';
  row.ariaSelected = 'false';
  const poster = title.playback?.poster;
  const picture = document.createElement(poster ? 'img' : 'span');
  if (picture instanceof HTMLImageElement && poster) Object.assign(picture, { src: poster, alt: '' });
  else picture.className = 'blank';
  const name = document.createElement('span');
  name.className = 'name';
  name.textContent = title.name;
  const about = document.createElement('span');
  about.className = 'muted small';
  about.textContent = [title.owner, title.duration === null ? null : clock(title.duration)].filter(Boolean).join(' · ');
  const words = document.createElement('span');
  words.append(name, about);
  row.append(picture, words);
  row.addEventListener('mousedown', (event) => event.preventDefault());
  row.addEventListener('click', () => location.assign(`/watch/${title.id}`));
  return row;
}

/** A slash goes to the search, as it does in many places; not while one types somewhere else. */
function focusBySlash(event: KeyboardEvent, input: HTMLInputElement): void {
  const typing = (event.target as Element).closest('input, textarea, select, [contenteditable]');
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
}

customElements.define('studio-search', Search);
