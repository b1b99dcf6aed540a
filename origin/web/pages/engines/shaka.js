// Shaka Player behind the engines' common face (see ../engines.js).

// Seconds of the present buffer that a forced switch keeps, so that it does not stall.
const KEPT = 4;

export async function open({ video, url, library, start, on }) {
  await import(library);
  const { shaka } = globalThis;
  shaka.polyfill.installAll();
  if (!shaka.Player.isBrowserSupported()) throw new Error('Shaka Player does not support this browser.');
  const player = new shaka.Player();
  player.configure({ streaming: { observeQualityChanges: true, preferNativeHls: false } });
  player.addEventListener('mediaqualitychanged', ({ mediaQuality }) => {
    if (mediaQuality.contentType === 'video') on.playing(trackOf(mediaQuality, player.getVideoTracks()));
  });
  for (const change of ['adaptation', 'variantchanged']) player.addEventListener(change, on.sounding);
  player.addEventListener('error', ({ detail }) => on.failed(`Shaka Player: ${describe(shaka, detail)}`));
  await player.attach(video);
  // A failed load rejects here and fires no event of its own; being closed while loading is no failure.
  player.load(url, start).then(on.ready, (error) => {
    if (error.code !== shaka.util.Error.Code.LOAD_INTERRUPTED) on.failed(`Shaka Player: ${describe(shaka, error)}`);
  });
  return new ShakaEngine(player, shaka.Player.version);
}

const idOf = (track) => `${track.width}x${track.height}@${track.bandwidth}`;

/**
 * The track that a quality at the playhead is of. For HLS Shaka knows no bandwidth of a quality; then, of several tracks
 * of its size, the one being fetched is taken.
 */
function trackOf(quality, tracks) {
  const same = tracks.filter((track) => track.height === quality.height);
  const track = same.find(({ bandwidth }) => bandwidth === quality.bandwidth) ?? same.find(({ active }) => active) ?? same[0];
  return track ? idOf(track) : null;
}

function describe(shaka, error) {
  const name = Object.entries(shaka.util.Error.Code).find(([, code]) => code === error.code)?.[0] ?? error.message;
  return `${name} (${error.code}) ${(error.data ?? []).filter((d) => typeof d !== 'object').join(' ')}`;
}

class ShakaEngine {
  #player;

  constructor(player, version) {
    this.#player = player;
    this.name = `Shaka Player ${version.replace('v', '')}`;
  }

  qualities() {
    return this.#player.getVideoTracks().map((track) => ({
      id: idOf(track),
      width: track.width,
      height: track.height,
      bitrate: track.bandwidth,
      codecs: track.codecs,
    }));
  }

  chooseQuality(id) {
    this.#player.configure('abr.enabled', id === null);
    const track = this.#player.getVideoTracks().find((candidate) => idOf(candidate) === id);
    if (track) this.#player.selectVideoTrack(track, true, KEPT);
  }

  sounds() {
    return this.#player.getAudioTracks().map((track, id) => ({
      id: String(id),
      language: track.language,
      channels: track.channelsCount,
      label: track.label,
      playing: track.active,
    }));
  }

  chooseSound(id) {
    this.#player.selectAudioTrack(this.#player.getAudioTracks()[Number(id)], KEPT);
  }

  throughput() {
    return this.#player.getStats().estimatedBandwidth;
  }

  close() {
    return this.#player.destroy();
  }
}
