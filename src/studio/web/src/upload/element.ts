// A queue of files, each with its way from the first byte to the published title: on the upload page, and on that of a
// title whose file is replaced.
import { size, wait } from '../base/format';
import { part, write } from '../base/part';
import { say } from '../base/texts';
import { follow, type State } from '../live/follow';
import { onDrop } from './drop';
import { busy, due, refusal, total } from './queue';
import { show } from './row';
import { Transfer, type Purpose } from './transfer';

class Uploads extends HTMLElement {
  #transfers: Transfer[] = [];
  #rows = new Map<Transfer, HTMLElement>();
  #states = new Map<Transfer, State>();
  #endFollowing: () => void = () => undefined;

  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>('input[type="file"]');
    input?.addEventListener('change', () => {
      this.#take([...(input.files ?? [])]);
      input.value = '';
    });
    // What is dropped on a title's page takes the place of its file.
    if (!this.dataset['beside']) onDrop((files) => this.#take(files));
    this.addEventListener('submit', (event) => event.preventDefault());
    this.addEventListener('click', (event) => this.#act(event));
    addEventListener('beforeunload', (event) => {
      if (busy(this.#transfers)) event.preventDefault();
    });
    // A connection that is back need not wait for the next try.
    addEventListener('online', () => this.#transfers.filter(({ phase }) => phase === 'retrying').forEach((transfer) => this.#again(transfer)));
    setInterval(() => this.#count(), 1000);
  }

  #take(files: File[]): void {
    const purpose = this.#purpose();
    if (!purpose) return;
    // One file takes the place of one, and a language has one.
    for (const file of 'visibility' in purpose ? files : files.slice(0, 1)) {
      const transfer: Transfer = new Transfer(file, purpose, () => this.#changed(transfer));
      const why = refusal(file.size, this.#limit('largest'), this.#limit('room'));
      this.#transfers.push(transfer);
      this.#rows.set(transfer, this.#row());
      if (why) {
        transfer.phase = 'failed';
        transfer.refused = say(why, { size: size(this.#limit(why === 'too_large' ? 'largest' : 'room') ?? 0) });
      }
      this.#changed(transfer);
    }
  }

  /** What the files become; null where that is not said yet. */
  #purpose(): Purpose | null {
    const { replace, beside } = this.dataset;
    if (replace) return { replace };
    const field = (name: string) => this.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    if (beside) return field('language')?.reportValidity() ? { beside, language: field('language')?.value ?? '' } : null;
    return { visibility: this.querySelector<HTMLInputElement>('input[name="visibility"]:checked')?.value ?? 'restricted' };
  }

  #limit(name: string): number | null {
    const text = this.dataset[name];
    return text ? Number(text) : null;
  }

  #row(): HTMLElement {
    const copy = part<HTMLTemplateElement>(this, 'row').content.cloneNode(true) as DocumentFragment;
    const row = copy.firstElementChild as HTMLElement;
    part(this, 'queue').append(copy);
    return row;
  }

  #changed(transfer: Transfer): void {
    const row = this.#rows.get(transfer);
    if (!row) return;
    show(row, transfer, this.#states.get(transfer) ?? null);
    if (transfer.phase === 'sent' || transfer.phase === 'failed') write(part(this, 'said'), `${transfer.name}: ${part(row, 'state').textContent}`);
    if (transfer.phase === 'sent' && transfer.title && !this.#states.has(transfer)) this.#follow();
    for (const next of due(this.#transfers)) void next.start();
    this.#count();
  }

  /** Follows all titles that are on their way, by one plan of streams. */
  #follow(): void {
    this.#endFollowing();
    const moving = this.#transfers.filter(({ title }) => title);
    this.#endFollowing = follow(moving.map(({ title }) => title), (title, state) => {
      for (const transfer of moving.filter((one) => one.title === title)) {
        this.#states.set(transfer, state);
        const row = this.#rows.get(transfer);
        if (row) show(row, transfer, state);
      }
    });
  }

  #act(event: Event): void {
    const act = (event.target as Element).closest<HTMLElement>('button[data-act]')?.dataset['act'];
    const row = (event.target as Element).closest('li');
    const transfer = this.#transfers.find((one) => this.#rows.get(one) === row);
    if (!act || !transfer) return;
    if (act === 'pause') transfer.pause();
    if (act === 'resume' || act === 'retry') transfer.resume();
    if (act === 'cancel') this.#remove(transfer);
  }

  #again(transfer: Transfer): void {
    transfer.pause();
    transfer.resume();
  }

  #remove(transfer: Transfer): void {
    void transfer.cancel();
    this.#rows.get(transfer)?.remove();
    this.#rows.delete(transfer);
    this.#transfers = this.#transfers.filter((one) => one !== transfer);
    for (const next of due(this.#transfers)) void next.start();
    this.#count();
  }

  #count(): void {
    const { all, done, size: bytes, sent } = total(this.#transfers);
    part(this, 'total').hidden = all === 0;
    write(part(this, 'count'), say('uploads', { done, all }));
    const rate = this.#transfers.filter(({ phase }) => phase === 'sending').reduce((sum, { speed }) => sum + speed.rate(), 0);
    write(part(this, 'rest'), rate > 0 && sent < bytes ? say('rest', { left: wait((bytes - sent) / rate), speed: size(rate) }) : '');
  }
}

customElements.define('studio-upload', Uploads);
