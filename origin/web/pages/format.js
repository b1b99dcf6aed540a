// Figures as people read them.

/** Seconds as `1:02:03`, `12:34` or `0:07`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Bits a second as `4.50 Mb/s` or `365 kb/s`. */
export function rate(bits) {
  if (!Number.isFinite(bits) || bits <= 0) return '–';
  return bits >= 1e6 ? `${(bits / 1e6).toFixed(bits >= 1e7 ? 1 : 2)} Mb/s` : `${Math.round(bits / 1e3)} kb/s`;
}

/** The line count that names a picture's format: its shorter side, so that a portrait 720×1280 is 720p too. */
export function lines(width, height) {
  return `${Math.min(width, height)}p`;
}

/** A rendition as `1080p · 6.00 Mb/s`. */
export function rendition({ width, height, bitrate }) {
  return `${lines(width, height)} · ${rate(bitrate)}`;
}

/** A sound track for a chooser: language, then channels. */
export function sound({ language, channels, label }) {
  const layout = { 1: 'mono', 2: 'stereo', 6: '5.1', 8: '7.1' }[channels] ?? (channels ? `${channels} channels` : '');
  const known = language && language !== 'und';
  const name = known ? languageName(language) : label || 'Sound';
  return [name, layout].filter(Boolean).join(', ');
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag);
  } catch {
    return tag; // not a well-formed BCP 47 tag
  }
}
