// The search page: results come while one types. They are taken from the page that the form would load.
import { later } from './later';

class Results extends HTMLElement {
  #asked = 0;

  connectedCallback(): void {
    const form = this.querySelector('form');
    form?.addEventListener('input', later(200, () => void this.#load(form)));
    form?.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#load(form);
    });
  }

  async #load(form: HTMLFormElement): Promise<void> {
    const asked = ++this.#asked;
    const query = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    const address = `${form.action}?${query}`;
    const response = await fetch(address).catch(() => null);
    if (!response?.ok || asked !== this.#asked) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of ['#results', '.head']) {
      const [old, fresh] = [document.querySelector(`main ${part}`), page.querySelector(`main ${part}`)];
      if (old && fresh && asked === this.#asked) old.replaceChildren(...fresh.childNodes);
    }
    document.title = page.title;
    history.replaceState(null, '', address);
  }
}

customElements.define('studio-results', Results);
