// The browser's own HLS behind the engines' common face (see ../engines.js). It tells nothing of its renditions.

/** Whether this browser plays HLS without help. */
export const supported = (video) => video.canPlayType('application/vnd.apple.mpegurl') !== '';

export async function open({ video, url, start, on }) {
  const listening = new AbortController();
  const listen = (type, listener) => video.addEventListener(type, listener, { signal: listening.signal, once: true });
  listen('error', () => on.failed(`The browser: ${video.error?.message || `media error ${video.error?.code}`}`));
  listen('loadedmetadata', () => {
    video.currentTime = start;
    on.ready();
  });
  video.src = url;
  return new NativeEngine(video, listening);
}

class NativeEngine {
  name = 'The browser’s own player';
  #video;
  #listening;

  constructor(video, listening) {
    this.#video = video;
    this.#listening = listening;
  }

  qualities() {
    return [];
  }

  sounds() {
    return [];
  }

  throughput() {
    return NaN;
  }

  close() {
    this.#listening.abort();
    this.#video.removeAttribute('src');
    this.#video.load();
  }
}
