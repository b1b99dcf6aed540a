// Sizes and times as people read them.
import { language, say } from './texts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A size in bytes, in decimal units. */
export function size(bytes: number, lang = language()): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  const digits = power > 0 && value < 10 ? 1 : 0;
  const unit = UNITS[power] ?? 'byte';
  return new Intl.NumberFormat(lang, { style: 'unit', unit, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** A wait in seconds, in its one or two largest units. */
export function wait(seconds: number): string {
  if (seconds < 60) return say('seconds', { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 3600) return say('minutes', { n: Math.round(seconds / 60) });
  return say('hours', { n: Math.floor(seconds / 3600), m: Math.round((seconds % 3600) / 60) });
}

/** A place in a title: `1:05` or `1:02:09`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A time with its tenths, where it has some: `0:07` or `0:07.4`. */
export function moment(seconds: number): string {
  const tenths = Math.floor(seconds * 10) % 10;
  return clock(seconds) + (tenths > 0 ? `.${tenths}` : '');
}
