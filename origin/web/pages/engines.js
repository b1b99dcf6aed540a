// The ways to play a title. Each engine module exports `open({ video, url, library, start, on })`, which resolves to
//   name            for people, with the version
//   qualities()     [{ id, width, height, bitrate, codecs }], empty when the engine does not tell
//   chooseQuality(id)  null leaves it to the engine
//   sounds()        [{ id, language, channels, label, playing }]
//   chooseSound(id)
//   throughput()    bits a second as the engine estimates it, NaN when it does not tell
//   close()         frees the video element for another engine; may be a promise
// and calls on.ready() once the tracks are known, on.playing(quality's id) when that quality reaches the screen,
// on.sounding() when another sound track plays, on.failed(text) when it gives up and on.event(text) for what it survives.
import { media } from './api.js';
import { supported as nativeSupported } from './engines/native.js';

const WAYS = [
  { id: 'hlsjs', player: 'hls.js', protocol: 'HLS', library: 'hls', module: './engines/hls.js' },
  { id: 'shaka-hls', player: 'Shaka', protocol: 'HLS', library: 'shaka', module: './engines/shaka.js' },
  { id: 'shaka-dash', player: 'Shaka', protocol: 'DASH', library: 'shaka', module: './engines/shaka.js' },
  { id: 'dashjs', player: 'dash.js', protocol: 'DASH', library: 'dash', module: './engines/dash.js' },
  { id: 'native', player: 'Browser', protocol: 'HLS', library: null, module: './engines/native.js' },
];

const DOCUMENT = { HLS: 'index.m3u8', DASH: 'manifest.mpd' };

/**
 * All ways to play, in the order to show them; `missing` says why one cannot be used, else it is null.
 * `players` maps each library that was built in to its address.
 */
export function ways(video, players) {
  return WAYS.map((way) => ({ ...way, address: players[way.library], missing: missing(way, video, players) }));
}

function missing(way, video, players) {
  if (way.library) return players[way.library] ? null : 'not in this build';
  return nativeSupported(video) ? null : 'not in this browser';
}

/** Opens `title` with one of the `ways`, from `start` seconds on. */
export async function open(way, { video, title, start, on }) {
  const engine = await import(way.module);
  const url = new URL(media(`/vod/${title}/${DOCUMENT[way.protocol]}`), location.href).href;
  return engine.open({ video, url, library: way.address, start, on });
}
