// The player page: one title, any of the engines, and what it does now.
import { media, seconds, title as fetchTitle } from './api.js';
import { open, ways } from './engines.js';
import { Figures } from './figures.js';
import { clock, lines, rate, rendition, sound } from './format.js';
import { check, fill, mark } from './radios.js';

const at = (id) => document.getElementById(id);
const video = at('video');
const name = decodeURIComponent(location.pathname.slice('/watch/'.length));
const players = JSON.parse(at('players').textContent);
const all = ways(video, players);

// What plays. `turn` grows with each change of engine, so that a late call of a closed one is known as such.
const now = { turn: 0, engine: null, qualities: [], playing: null, quality: null };
const figures = new Figures(video, () => now);

let changing = Promise.resolve();

/** Changes to another engine once the change before is through, and goes on where playback was. */
function play(way) {
  changing = changing.then(() => change(way)).catch((error) => fail(error.message));
}

async function change(way) {
  const turn = (now.turn += 1);
  const start = video.currentTime;
  const paused = turn > 1 && video.paused;
  await now.engine?.close();
  Object.assign(now, { engine: null, qualities: [], playing: null, quality: null });
  at('error').hidden = true;
  figures.reset();
  showTracks();
  const current = (act) => (...values) => now.turn === turn && act(...values);
  const on = {
    ready: current(() => ready(paused)),
    playing: current(reached),
    sounding: current(() => check(at('sound'), playingSound(now.engine.sounds()))),
    failed: current(fail),
    event: current(log),
  };
  now.engine = await open(way, { video, title: name, start, on });
  at('engine-note').textContent = `${now.engine.name} plays ${way.protocol}.`;
  log(`${now.engine.name}, ${way.protocol}`);
  const url = new URL(location.href);
  url.searchParams.set('player', way.id);
  history.replaceState(null, '', url);
}

function ready(paused) {
  showTracks();
  // Browsers may refuse to start sound that nobody asked for; the play button is there for that.
  if (!paused) video.play().catch(() => log('waits for the play button: the browser allows no sound by itself'));
}

function reached(id) {
  now.playing = id;
  showPlaying();
  if (now.quality) log(`shows ${rendition(now.quality)}`);
}

function showPlaying() {
  now.quality = now.qualities.find((quality) => quality.id === now.playing) ?? null;
  mark(at('quality'), now.playing);
}

function showTracks() {
  now.qualities = (now.engine?.qualities() ?? []).sort((a, b) => b.height - a.height || b.bitrate - a.bitrate);
  const rungs = now.qualities.map((quality) => ({
    id: quality.id,
    text: lines(quality.width, quality.height),
    detail: rate(quality.bitrate),
  }));
  const auto = { id: '', text: 'Auto', detail: rungs.length ? 'as the network allows' : 'the player decides' };
  fill(at('quality'), [auto, ...rungs], '', (id) => now.engine?.chooseQuality(id === '' ? null : id));
  showPlaying();
  showSounds();
}

function showSounds() {
  const sounds = now.engine?.sounds() ?? [];
  at('sound').hidden = sounds.length < 2;
  const options = sounds.map((track) => ({ id: track.id, text: sound(track) }));
  fill(at('sound'), options, playingSound(sounds), (id) => now.engine?.chooseSound(id));
}

const playingSound = (sounds) => sounds.find((track) => track.playing)?.id;

function fail(text) {
  at('error').textContent = text;
  at('error').hidden = false;
  log(text);
}

function log(text) {
  const item = document.createElement('li');
  const time = document.createElement('span');
  time.className = 'muted';
  time.textContent = clock(video.currentTime);
  item.append(time, ` ${text}`);
  at('events').prepend(item);
  while (at('events').children.length > 100) at('events').lastChild.remove();
}

const KEYS = {
  k: () => (video.paused ? video.play() : video.pause()),
  j: () => (video.currentTime -= 10),
  l: () => (video.currentTime += 10),
  m: () => (video.muted = !video.muted),
  f: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen()),
};

function press(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) KEYS[event.key]?.();
}

function showAbout(title) {
  if (title.name) {
    document.title = `${title.name} · pack`;
    at('name').textContent = title.name;
  }
  const facts = [clock(seconds(title.duration)), `from ${title.source.name}`, `encoded by ffmpeg ${title.made_with.ffmpeg}`];
  at('about').textContent = facts.join(' · ');
  if (title.poster) video.poster = media(`/vod/${name}/${title.poster}`);
  const documents = [['HLS playlist', 'index.m3u8'], ['DASH MPD', 'manifest.mpd'], ['title.json', 'title.json']];
  at('documents').replaceChildren(...documents.map(([text, file]) => link(text, media(`/vod/${name}/${file}`))));
  if (players.licences) at('documents').append(link('Licences', players.licences));
}

function link(text, href) {
  const anchor = document.createElement('a');
  return Object.assign(anchor, { href, textContent: text });
}

/** The way to begin with: the one in the address, else the first that works here. */
function firstWay() {
  const wanted = new URLSearchParams(location.search).get('player');
  const usable = all.filter((way) => !way.missing);
  return usable.find((way) => way.id === wanted) ?? usable[0];
}

function showWays(selected) {
  const options = all.map((way) => ({
    id: way.id, text: way.player, detail: way.missing ?? way.protocol, disabled: way.missing,
  }));
  fill(at('engine'), options, selected?.id, (id) => play(all.find((way) => way.id === id)));
  if (all.some((way) => way.library && way.missing)) {
    at('missing').hidden = false;
    at('missing').textContent =
      'This build of pack has no players in it, because npm or the network was missing when it was made. ' +
      'Only browsers that play HLS by themselves can play here.';
  }
}

async function main() {
  document.title = `${name} · pack`;
  at('name').textContent = name;
  const title = await fetchTitle(name);
  if (!title) throw new Error(`There is no title named ${name}.`);
  showAbout(title);
  document.addEventListener('keydown', press);
  video.addEventListener('waiting', () => video.currentTime > 0 && !video.seeking && log('waits for data'));
  const way = firstWay();
  showWays(way);
  if (!way) throw new Error('Nothing here can play: no player is in this build, and this browser has no HLS of its own.');
  play(way);
}

main().catch((error) => fail(error.message));
