// What a file's row says.
import { size, wait } from '../base/format';
import { part, write } from '../base/part';
import { say } from '../base/texts';
import type { State } from '../live/follow';
import { words } from '../live/follow';
import type { Transfer } from './transfer';

const ACTS: Record<string, string[]> = {
  queued: ['cancel'],
  reading: ['pause', 'cancel'],
  sending: ['pause', 'cancel'],
  retrying: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry', 'cancel'],
  sent: ['open'],
};

/** Shows a transfer, and once all of it is there the state of its title. */
export function show(row: HTMLElement, transfer: Transfer, state: State | null): void {
  row.dataset['state'] = state?.state ?? transfer.phase;
  write(part(row, 'name'), transfer.name);
  write(part(row, 'state'), (transfer.isKnown ? `${say('known')} · ` : '') + (state ? sentence(state) : line(transfer)));
  const bar = part<HTMLProgressElement>(row, 'progress');
  bar.hidden = transfer.phase === 'failed' || state?.state === 'published' || state?.state === 'failed';
  bar.setAttribute('aria-label', transfer.name);
  const { value } = progress(transfer, state);
  if (value === null) bar.removeAttribute('value');
  else bar.value = value;
  for (const button of row.querySelectorAll<HTMLElement>('[data-act]')) {
    button.hidden = !ACTS[transfer.phase]?.includes(button.dataset['act'] ?? '');
  }
  const open = row.querySelector<HTMLAnchorElement>('a[data-act="open"]');
  if (open && transfer.title) open.href = state?.state === 'published' ? `/watch/${transfer.title}` : `/titles/${transfer.title}`;
}

function sentence(state: State): string {
  return state.reason ? `${words(state)}: ${state.reason}` : words(state);
}

/** Of the bytes while they go, then of the encoding; none while neither is known. */
export function progress(transfer: { sent: number; size: number; phase: string }, state: State | null): { value: number | null } {
  if (state?.state === 'encoding' && state.done != null && state.total) return { value: state.done / state.total };
  if (transfer.phase === 'sent') return { value: null };
  return { value: transfer.size > 0 ? transfer.sent / transfer.size : 0 };
}

function line(transfer: Transfer): string {
  const percent = transfer.size > 0 ? Math.floor((100 * transfer.sent) / transfer.size) : 0;
  switch (transfer.phase) {
    case 'queued':
      return say('queued');
    case 'reading':
      return say('reading');
    case 'paused':
      return say('paused', { percent });
    case 'retrying':
      return say('retrying', { seconds: transfer.wait });
    case 'failed':
      return say('refused', { reason: transfer.refused });
    case 'sent':
      return say('sent');
    case 'sending': {
      const left = transfer.speed.left(transfer.size - transfer.sent);
      if (!Number.isFinite(left)) return say('starting', { percent });
      const [sent, all, speed] = [transfer.sent, transfer.size, transfer.speed.rate()].map((bytes) => size(bytes)) as [string, string, string];
      return say('sending', { percent, sent, size: all, speed, left: wait(left) });
    }
  }
}
