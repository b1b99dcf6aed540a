// Follows titles until each is published or failed.
import { get } from '../base/api';
import { wait } from '../base/format';
import { say } from '../base/texts';
import { divide, isFinal } from './pool';

const POLL = 5000;
// Milliseconds until streams that broke are opened again.
const AGAIN = 30_000;

/** An event of a title: its state and, while it is encoded, how far it is. */
export interface State {
  state: string;
  reason?: string | null;
  done?: number | null;
  total?: number | null;
  seconds_left?: number | null;
}

/** A state in words. */
export function words({ state, done, total, seconds_left }: State): string {
  if (state !== 'encoding' || done == null || !total) return say(`state_${state}`);
  if (seconds_left == null) return say('state_encoding_part', { done, all: total });
  return say('state_encoding_left', { done, all: total, left: wait(seconds_left) });
}

/** Calls `told` with each new state of each title. Returns what ends it. */
export function follow(titles: string[], told: (title: string, state: State) => void): () => void {
  const left = new Set(titles);
  const streams = new Map<string, EventSource>();
  // Titles whose stream was answered by something else, as a proxy does while the server starts: asked for meanwhile.
  const broken = new Set<string>();
  const tell = (title: string, state: State) => {
    told(title, state);
    if (!isFinal(state.state)) return;
    left.delete(title);
    streams.get(title)?.close();
    streams.delete(title);
    arrange();
  };
  const breaks = (title: string) => {
    streams.delete(title);
    broken.add(title);
    void poll([title], tell);
  };
  const arrange = () => {
    for (const title of divide([...left]).stream) {
      if (!streams.has(title) && !broken.has(title)) streams.set(title, open(title, tell, breaks));
    }
  };
  const timers = [
    setInterval(() => void poll([...left].filter((title) => !streams.has(title)), tell), POLL),
    setInterval(() => {
      broken.clear();
      arrange();
    }, AGAIN),
  ];
  arrange();
  return () => {
    for (const timer of timers) clearInterval(timer);
    for (const stream of streams.values()) stream.close();
  };
}

function open(title: string, tell: (title: string, state: State) => void, breaks: (title: string) => void): EventSource {
  const stream = new EventSource(`/api/v1/titles/${encodeURIComponent(title)}/events`);
  stream.addEventListener('message', (event) => tell(title, JSON.parse(event.data as string) as State));
  // The browser opens a broken stream again by itself, but not after an answer that is no stream.
  stream.addEventListener('error', () => {
    if (stream.readyState === EventSource.CLOSED) breaks(title);
  });
  return stream;
}

async function poll(titles: string[], tell: (title: string, state: State) => void): Promise<void> {
  for (const title of titles) {
    const { status, body } = await get<State>(`titles/${encodeURIComponent(title)}`);
    if (status === 200 && body) tell(title, body);
  }
}
