// A playlist beside the player: goes on by itself, in order or not.
import { part } from '../base/part';
import { next, type Modes } from './modes';

class Queue extends HTMLElement {
  connectedCallback(): void {
    part(this, 'modes').hidden = false;
    for (const button of this.querySelectorAll<HTMLButtonElement>('[data-mode]')) {
      const mode = button.dataset['mode'] ?? '';
      button.ariaPressed = String(localStorage.getItem(mode) === 'on');
      button.addEventListener('click', () => {
        const on = button.ariaPressed !== 'true';
        button.ariaPressed = String(on);
        localStorage.setItem(mode, on ? 'on' : 'off');
      });
    }
    this.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
    document.addEventListener('finished', () => this.#goOn());
  }

  #goOn(): void {
    const links = [...this.querySelectorAll<HTMLAnchorElement>('li a')];
    const on = (mode: keyof Modes) => this.querySelector(`[data-mode="${mode}"]`)?.ariaPressed === 'true';
    const place = links.findIndex((link) => link.ariaCurrent === 'true');
    const to = next(place, links.length, { repeat: on('repeat'), shuffle: on('shuffle') }, Math.random());
    if (to !== null && links[to]) location.assign(links[to].href);
  }
}

customElements.define('studio-queue', Queue);
