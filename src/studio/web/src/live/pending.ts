// In place of the player until a title is published: then the page is loaded again, with the player.
import { part, write } from '../base/part';
import { follow, words } from './follow';
import { isFinal } from './pool';

class Pending extends HTMLElement {
  connectedCallback(): void {
    if (isFinal(this.dataset['state'] ?? '')) return;
    follow([this.dataset['title'] ?? ''], (_, state) => {
      write(part(this, 'state'), words(state));
      if (state.reason) write(part(this, 'reason'), state.reason);
      if (state.state === 'published') location.reload();
    });
  }
}

customElements.define('studio-pending', Pending);
