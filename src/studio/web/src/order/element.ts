// The order of a playlist: by dragging a handle with mouse or finger, by keys on it, or by the buttons that need no
// script. The whole order is sent, with the version that it was made from.
import { call } from '../base/api';
import { part } from '../base/part';
import { say } from '../base/texts';
import { toast } from '../base/toast';
import { byKey, moved, placeAt } from './moves';

class Order extends HTMLElement {
  #saving: Promise<void> = Promise.resolve();

  connectedCallback(): void {
    for (const handle of this.querySelectorAll<HTMLElement>('[data-part="handle"]')) {
      handle.hidden = false;
      const number = handle.parentElement?.querySelector<HTMLElement>('[data-part="number"]');
      if (number) number.hidden = true;
      handle.addEventListener('keydown', (event) => this.#key(event, handle));
      handle.addEventListener('pointerdown', (event) => this.#grab(event, handle));
    }
    this.querySelector('form')?.addEventListener('submit', (event) => this.#press(event));
  }

  get #rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[data-item]')];
  }

  #key(event: KeyboardEvent, handle: HTMLElement): void {
    const row = handle.closest<HTMLElement>('[data-item]');
    if (!row) return;
    const rows = this.#rows;
    const to = byKey(event.key, rows.indexOf(row), rows.length);
    if (to === null) return;
    event.preventDefault();
    this.#move(row, to);
    handle.focus();
    this.#save();
  }

  /** The buttons: the same without a new page. */
  #press(event: SubmitEvent): void {
    const button = event.submitter as HTMLButtonElement | null;
    const row = button?.closest<HTMLElement>('[data-item]');
    if (!button || !row) return;
    event.preventDefault();
    const place = this.#rows.indexOf(row);
    if (button.name === 'remove') row.remove();
    else this.#move(row, place + (button.name === 'up' ? -1 : 1));
    this.#number();
    if (!button.disabled) button.focus();
    this.#save();
  }

  #grab(event: PointerEvent, handle: HTMLElement): void {
    const row = handle.closest<HTMLElement>('[data-item]');
    if (!row || event.button !== 0) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    row.classList.add('dragged');
    const before = this.#rows.indexOf(row);
    const follow = (move: PointerEvent) => {
      const others = this.#rows.filter((other) => other !== row);
      const middles = others.map((other) => other.getBoundingClientRect()).map(({ top, height }) => top + height / 2);
      const to = placeAt(middles, move.clientY);
      if (this.#rows.indexOf(row) !== to) this.#move(row, to);
    };
    const drop = () => {
      handle.removeEventListener('pointermove', follow);
      row.classList.remove('dragged');
      if (this.#rows.indexOf(row) !== before) this.#save();
    };
    handle.addEventListener('pointermove', follow);
    handle.addEventListener('lostpointercapture', drop, { once: true });
  }

  #move(row: HTMLElement, to: number): void {
    const rows = this.#rows;
    const order = moved(rows, rows.indexOf(row), to);
    // The others move around it: taken out of the page for a moment, a row loses the pointer that drags it, and its focus.
    const at = order.indexOf(row);
    row.before(...order.slice(0, at));
    row.after(...order.slice(at + 1));
    this.#number();
    const name = row.querySelector('h2')?.textContent ?? '';
    part(this, 'said').textContent = say('moved', { name, place: at + 1, all: order.length });
  }

  #number(): void {
    const rows = this.#rows;
    rows.forEach((row, place) => {
      part(row, 'number').textContent = String(place + 1);
      for (const [name, last] of [['up', 0], ['down', rows.length - 1]] as const) {
        const button = row.querySelector<HTMLButtonElement>(`button[name="${name}"]`);
        if (button) button.disabled = place === last;
      }
    });
  }

  /** One after the other: each needs the version that the one before made. */
  #save(): void {
    this.#saving = this.#saving.then(() => this.#send());
  }

  async #send(): Promise<void> {
    const items = this.#rows.map((row) => row.dataset['item'] ?? '');
    const version = this.dataset['version'] ?? '';
    const { status, etag } = await call('PUT', `playlists/${this.dataset['playlist']}/items`, { items }, { 'If-Match': `"${version}"` });
    if (status === 200 && etag) this.#versioned(etag.replaceAll('"', ''));
    else if (status === 412) reload(say('stale'));
    else toast(say('wrong'));
  }

  #versioned(version: string): void {
    this.dataset['version'] = version;
    for (const field of document.querySelectorAll<HTMLInputElement>('input[name="version"]')) field.value = version;
  }
}

function reload(why: string): void {
  toast(why);
  setTimeout(() => location.reload(), 1500);
}

customElements.define('studio-order', Order);
