// Copies an address; on a title's page also with the time that is shown.
import { clock } from './format';
import { part } from './part';
import { say } from './texts';
import { toast } from './toast';

class Copy extends HTMLElement {
  connectedCallback(): void {
    // Without a clipboard (plain HTTP) the text is there to be selected.
    const button = part<HTMLButtonElement>(this, 'copy');
    const input = this.querySelector('input');
    if (!input) return;
    input.addEventListener('focus', () => input.select());
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', () => {
      void navigator.clipboard.writeText(input.value).then(() => toast(say('copied')));
    });
    const video = document.querySelector('video');
    if (this.dataset['time'] !== undefined && video) offerTime(this, input, video);
  }
}

function offerTime(root: HTMLElement, input: HTMLInputElement, video: HTMLVideoElement): void {
  const label = part(root, 'time');
  const tick = label.querySelector('input');
  const now = part(root, 'now');
  const plain = input.value;
  if (!tick) return;
  label.hidden = false;
  const update = () => {
    const seconds = Math.floor(video.currentTime);
    now.textContent = clock(seconds);
    input.value = tick.checked && seconds > 0 ? `${plain}${plain.includes('?') ? '&' : '?'}t=${seconds}` : plain;
  };
  root.closest('[popover]')?.addEventListener('beforetoggle', update);
  tick.addEventListener('change', update);
}

customElements.define('studio-copy', Copy);
