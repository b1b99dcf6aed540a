// Lists whose titles show what becomes of them by themselves.
import { write } from '../base/part';
import { follow, words, type State } from './follow';
import { isFinal, kind } from './pool';

class States extends HTMLElement {
  #end: (() => void) | undefined;

  connectedCallback(): void {
    const rows = [...this.querySelectorAll<HTMLElement>('[data-title]')];
    const moving = rows.filter((row) => !isFinal(row.dataset['state'] ?? ''));
    const titles = moving.map((row) => row.dataset['title'] ?? '');
    this.#end = follow(titles, (title, state) => {
      const row = moving.find((row) => row.dataset['title'] === title);
      if (row) show(row, state);
    });
  }

  disconnectedCallback(): void {
    this.#end?.();
  }
}

function show(row: HTMLElement, state: State): void {
  row.dataset['state'] = state.state;
  const badge = row.querySelector('[data-part="state"]');
  if (badge) {
    write(badge, words(state));
    badge.className = `badge ${kind(state.state)}`;
  }
  const reason = row.querySelector<HTMLElement>('[data-part="reason"]');
  if (!reason) return;
  write(reason, state.reason ?? '');
  reason.hidden = !state.reason;
}

customElements.define('studio-states', States);
