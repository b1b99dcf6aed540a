// hls.js behind a media element, with its choices where media-chrome looks for them.
import Hls, { ErrorDetails, ErrorTypes, Events, type ErrorData } from 'hls.js';
import workerPath from 'hls.js/dist/hls.worker.js?url';
import type { Access } from './renew';
import { Renditions, TrackList, type AudioChoice } from './tracks';

/** Milliseconds until playing is tried again that could not go on. */
export const AGAIN = 3000;

export interface Engine {
  renditions: Renditions;
  audio: TrackList<AudioChoice>;
  close(): void;
}

export const plays = () => Hls.isSupported();

/** Plays `url` in `video` from `start` seconds on. `lost` is called when it can't go on, `gone` when it may not. */
export function engine(video: HTMLVideoElement, url: string, start: number, access: Access, tell: { lost(): void; gone(): void }): Engine {
  const hls = new Hls({
    workerPath: new URL(workerPath, import.meta.url).href,
    startPosition: start > 0 ? start : -1,
    capLevelToPlayerSize: true,
    backBufferLength: 60,
    // A title that is taken from its viewers is stopped where the next segment is asked for: soon.
    maxMaxBufferLength: 60,
    enableCMCD: false,
    // Each request has the newest token, so that a renewal interrupts nothing.
    xhrSetup: (xhr: XMLHttpRequest, asked: string) => xhr.open('GET', access.fresh(asked), true),
  } as Partial<typeof Hls.DefaultConfig>);
  const renditions = new Renditions();
  const audio = new TrackList<AudioChoice>();
  renditions.chosen = (place) => (hls.nextLevel = place);
  hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
    renditions.fill(levels.map(({ width, height, bitrate }, place) => ({ id: String(place), width, height, bitrate })), 'addrendition');
  });
  hls.on(Events.AUDIO_TRACKS_UPDATED, (_, { audioTracks }) => {
    audio.fill(audioTracks.map(({ id, name, lang }) => choice(hls, audio, id, name, lang ?? '')), 'addtrack');
  });
  hls.on(Events.AUDIO_TRACK_SWITCHED, () => audio.dispatchEvent(new Event('change')));
  access.gone = () => {
    hls.destroy();
    tell.gone();
  };
  hls.on(Events.ERROR, (_, error) => void recover(hls, access, error, tell));
  hls.loadSource(url);
  hls.attachMedia(video);
  return { renditions, audio, close: () => hls.destroy() };
}

function choice(hls: Hls, list: TrackList<AudioChoice>, id: number, label: string, language: string): AudioChoice {
  return {
    id: String(id),
    label,
    language,
    kind: 'main',
    get enabled() {
      return hls.audioTrack === id;
    },
    set enabled(on) {
      if (!on || hls.audioTrack === id) return;
      hls.audioTrack = id;
      list.dispatchEvent(new Event('change'));
    },
  };
}

/** Mends what can be mended: a token that ended, a decoder that choked, a connection that came back. */
async function recover(hls: Hls, access: Access, error: ErrorData, tell: { lost(): void; gone(): void }): Promise<void> {
  const status = error.response?.code ?? 0;
  if (status === 404 || status === 410 || status === 403) {
    const renewal = await access.renew();
    if (renewal === 'gone') return access.end();
    if (error.fatal && renewal === 'renewed') return restart(hls, error);
  }
  if (!error.fatal) return;
  if (error.type === ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError();
  tell.lost();
  if (error.type === ErrorTypes.NETWORK_ERROR) setTimeout(() => restart(hls, error), AGAIN);
}

function restart(hls: Hls, error: ErrorData): void {
  const noManifest = error.details === ErrorDetails.MANIFEST_LOAD_ERROR || error.details === ErrorDetails.MANIFEST_LOAD_TIMEOUT;
  if (noManifest && hls.url) hls.loadSource(hls.url);
  else hls.startLoad();
}
