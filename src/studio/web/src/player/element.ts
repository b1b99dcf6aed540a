// The player: hls.js where the browser has Media Source Extensions, else the browser's own HLS (Safari).
import { say } from '../base/texts';
import { toast } from '../base/toast';
import { surround } from './controls';
import { AGAIN, engine, plays } from './engine';
import { forwardKeys } from './keys';
import { Access } from './renew';
import { parse, resume } from './time';

const SAVED_EVERY = 5000;

class Player extends HTMLElement {
  connectedCallback(): void {
    const video = this.querySelector('video');
    const { title = '', hls = '', expires = null, length } = this.dataset;
    if (!video || this.querySelector('media-controller')) return;
    const access = new Access(title, hls, expires);
    const start = begin(title, length);
    const names = { speed: say('speed'), quality: say('quality'), audio: say('audio'), text: say('text') };
    if (isApple() || !plays()) native(video, hls, start, access);
    else adaptive(video, hls, start, access);
    forwardKeys(surround(video, names));
    remember(video, title);
    video.addEventListener('ended', () => this.dispatchEvent(new Event('finished', { bubbles: true })));
    if (new URLSearchParams(location.search).has('list')) void video.play().catch(() => undefined);
  }
}

/** WebKit's own HLS knows AirPlay and picture in picture; hls.js there does not. */
const isApple = () => 'WebKitPlaybackTargetAvailabilityEvent' in window;

function adaptive(video: HTMLVideoElement, hls: string, start: number, access: Access): void {
  video.removeAttribute('src');
  const lost = () => toast(say('lost'));
  const gone = () => toast(say('play_gone'));
  const { renditions, audio } = engine(video, hls, start, access, { lost, gone });
  Object.defineProperties(video, {
    videoRenditions: { value: renditions, configurable: true },
    audioTracks: { value: audio, configurable: true },
  });
}

/** The browser fetches by itself: a token that ended shows as an error, and playing goes on from there. */
function native(video: HTMLVideoElement, hls: string, start: number, access: Access): void {
  const seek = (to: number) => video.addEventListener('loadedmetadata', () => (video.currentTime = to), { once: true });
  if (start > 0) seek(start);
  access.gone = () => {
    video.removeAttribute('src');
    video.load();
    toast(say('play_gone'));
  };
  video.addEventListener('error', () => {
    const at = video.currentTime;
    const again = () => {
      seek(at);
      video.src = access.fresh(hls);
    };
    void access.renew().then((renewal) => {
      if (renewal === 'gone') return access.end();
      // Without a new token it would fail again at once.
      setTimeout(again, renewal === 'renewed' ? 0 : AGAIN);
    });
  });
}

const key = (title: string) => `at ${title}`;

function begin(title: string, length: string | undefined): number {
  const asked = parse(new URLSearchParams(location.search).get('t'));
  if (asked !== null) return asked;
  const saved = localStorage.getItem(key(title));
  return resume(saved === null ? null : Number(saved), Number(length ?? Infinity));
}

function remember(video: HTMLVideoElement, title: string): void {
  let last = 0;
  const keep = () => localStorage.setItem(key(title), String(Math.floor(video.currentTime)));
  video.addEventListener('timeupdate', () => {
    if (video.paused || performance.now() - last < SAVED_EVERY) return;
    last = performance.now();
    keep();
  });
  video.addEventListener('pause', keep);
  video.addEventListener('ended', () => localStorage.removeItem(key(title)));
}

customElements.define('studio-player', Player);
