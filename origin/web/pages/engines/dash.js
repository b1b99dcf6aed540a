// dash.js behind the engines' common face (see ../engines.js).

export async function open({ video, url, library, start, on }) {
  const { MediaPlayer } = await import(library);
  const player = MediaPlayer().create();
  const events = MediaPlayer.events;
  player.on(events.STREAM_INITIALIZED, on.ready);
  player.on(events.QUALITY_CHANGE_RENDERED, ({ mediaType, newRepresentation }) => {
    if (mediaType === 'video') on.playing(newRepresentation.id);
  });
  player.on(events.TRACK_CHANGE_RENDERED, on.sounding);
  player.on(events.ERROR, ({ error }) => on.failed(`dash.js: ${error.message ?? error}`));
  player.initialize(video, url, false, start);
  return new DashEngine(player);
}

class DashEngine {
  #player;

  constructor(player) {
    this.#player = player;
    this.name = `dash.js ${player.getVersion()}`;
  }

  qualities() {
    return this.#player.getRepresentationsByType('video').map((representation) => ({
      id: representation.id,
      width: representation.width,
      height: representation.height,
      bitrate: representation.bandwidth,
      codecs: representation.codecs?.replace(/^.*codecs="|"$/g, ''),
    }));
  }

  chooseQuality(id) {
    this.#player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: id === null } } } });
    if (id !== null) this.#player.setRepresentationForTypeById('video', id, true);
  }

  sounds() {
    const now = this.#player.getCurrentTrackFor('audio');
    return this.#player.getTracksFor('audio').map((track, id) => ({
      id: String(id),
      language: track.lang,
      channels: Number.parseInt(track.audioChannelConfiguration?.[0]?.value, 10),
      label: track.labels?.[0]?.text,
      playing: track.index === now?.index,
    }));
  }

  chooseSound(id) {
    this.#player.setCurrentTrack(this.#player.getTracksFor('audio')[Number(id)]);
  }

  throughput() {
    return this.#player.getAverageThroughput('video') * 1000; // it gives kbit/s
  }

  close() {
    this.#player.destroy();
  }
}
