// Chooses a frame for a poster: the time in the field is that of the player, as long as nobody writes into it.
import { moment } from '../base/format';

class Frame extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>('input[name="at"]');
    const video = this.querySelector('video');
    if (!input || !video) return;
    const follow = () => {
      if (document.activeElement !== input) input.value = moment(video.currentTime);
    };
    for (const event of ['timeupdate', 'seeked', 'loadedmetadata']) video.addEventListener(event, follow);
  }
}

customElements.define('studio-frame', Frame);
