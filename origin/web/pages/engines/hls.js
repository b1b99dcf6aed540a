// hls.js behind the engines' common face (see ../engines.js).

export async function open({ video, url, library, start, on }) {
  const { default: Hls } = await import(library);
  if (!Hls.isSupported()) throw new Error('hls.js needs Media Source Extensions, which this browser lacks.');
  // CMAF goes to the browser as it is: there is nothing for a transmuxing worker to do.
  const hls = new Hls({ enableWorker: false, startPosition: start });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => on.playing(hls.levels[level]?.uri));
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, on.sounding);
  hls.on(Hls.Events.ERROR, (_, { fatal, details, error }) => {
    const text = `${details}${error?.message ? `: ${error.message}` : ''}`;
    if (fatal) on.failed(`hls.js: ${text}`);
    else on.event(text);
  });
  const parsed = new Promise((resolve) => hls.once(Hls.Events.MANIFEST_PARSED, resolve));
  hls.loadSource(url);
  hls.attachMedia(video);
  parsed.then(on.ready);
  return new HlsEngine(hls, Hls.version);
}

class HlsEngine {
  #hls;

  constructor(hls, version) {
    this.#hls = hls;
    this.name = `hls.js ${version}`;
  }

  // A media playlist stands once for each audio group it may play with: its address tells renditions apart.
  qualities() {
    const byAddress = new Map();
    for (const level of this.#hls.levels) if (!byAddress.has(level.uri)) byAddress.set(level.uri, level);
    return [...byAddress].map(([id, level]) => ({
      id,
      width: level.width,
      height: level.height,
      bitrate: level.averageBitrate || level.bitrate,
      codecs: level.videoCodec,
    }));
  }

  chooseQuality(id) {
    const group = this.#hls.audioTracks[this.#hls.audioTrack]?.groupId;
    const levels = this.#hls.levels;
    const same = levels.findIndex((level) => level.uri === id && level.hasAudioGroup(group));
    this.#hls.nextLevel = same >= 0 ? same : levels.findIndex((level) => level.uri === id);
  }

  sounds() {
    const hls = this.#hls;
    return hls.allAudioTracks.map((track, id) => ({
      id: String(id),
      language: track.lang,
      channels: Number.parseInt(track.channels, 10),
      label: track.name,
      playing: hls.audioTracks[hls.audioTrack]?.url === track.url,
    }));
  }

  chooseSound(id) {
    this.#hls.setAudioOption(this.#hls.allAudioTracks[Number(id)]);
  }

  throughput() {
    return this.#hls.bandwidthEstimate;
  }

  close() {
    this.#hls.destroy();
  }
}
