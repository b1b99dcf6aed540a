// What playback does now, read from the video element and the engine, with the last minute drawn.
import { lines, rate, rendition } from './format.js';

const EVERY_MS = 500;
const KEPT = 120; // a minute
const at = (id) => document.getElementById(id);

export class Figures {
  #video;
  #history = { rendition: [], buffer: [], throughput: [] };
  #opened = 0;
  #startup = null;
  #stalls = 0;

  /** `playing()` gives the engine and the quality on the screen, either of them null. */
  constructor(video, playing) {
    this.#video = video;
    video.addEventListener('loadeddata', () => (this.#startup ??= performance.now() - this.#opened));
    video.addEventListener('waiting', () => (this.#stalls += this.#startup !== null && !video.seeking ? 1 : 0));
    setInterval(() => document.hidden || this.#sample(playing()), EVERY_MS);
  }

  /** An engine starts afresh. */
  reset() {
    for (const values of Object.values(this.#history)) values.length = 0;
    [this.#opened, this.#startup, this.#stalls] = [performance.now(), null, 0];
  }

  #sample({ engine, quality }) {
    const video = this.#video;
    const ahead = bufferAhead(video.buffered, video.currentTime);
    const throughput = engine?.throughput() ?? NaN;
    const frames = video.getVideoPlaybackQuality();
    const size = video.videoWidth ? lines(video.videoWidth, video.videoHeight) : '–';
    at('rendition').textContent = quality ? rendition(quality) : size;
    at('buffer').textContent = `${ahead.toFixed(1)} s`;
    at('throughput').textContent = rate(throughput);
    at('picture').textContent = video.videoWidth ? `${video.videoWidth} × ${video.videoHeight}` : '–';
    at('codecs').textContent = quality?.codecs ?? '–';
    at('dropped').textContent = `${frames.droppedVideoFrames} of ${frames.totalVideoFrames}`;
    at('startup').textContent = this.#startup === null ? '–' : `${Math.round(this.#startup)} ms`;
    at('stalls').textContent = String(this.#stalls);
    this.#draw('rendition', quality?.bitrate ?? 0);
    this.#draw('buffer', ahead);
    this.#draw('throughput', throughput || 0);
  }

  #draw(name, value) {
    const values = this.#history[name];
    values.push(value);
    if (values.length > KEPT) values.shift();
    line(at(`${name}-line`), values);
  }
}

/** Seconds buffered from `time` on without a gap. */
function bufferAhead(ranges, time) {
  for (let i = 0; i < ranges.length; i += 1) {
    if (ranges.start(i) <= time + 0.1 && time < ranges.end(i)) return ranges.end(i) - time;
  }
  return 0;
}

/** Draws `values` as a line over a filled area, the newest at the right edge. */
function line(svg, values) {
  const top = Math.max(...values, 1e-9) * 1.1;
  const points = values.map((value, i) => `${KEPT - values.length + i},${(100 * (1 - value / top)).toFixed(1)}`);
  const first = KEPT - values.length;
  svg.setAttribute('viewBox', `0 0 ${KEPT - 1} 100`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.replaceChildren(
    shape('polygon', [`${first},100`, ...points, `${KEPT - 1},100`]),
    shape('polyline', points),
  );
}

function shape(tag, points) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  node.setAttribute('points', points.join(' '));
  return node;
}
