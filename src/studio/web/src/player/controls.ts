// The controls around the video: media-chrome's.
import 'media-chrome';
import 'media-chrome/menu';
import 'media-chrome/lang/de';
import { setLanguage } from 'media-chrome/dist/utils/i18n.js';
import { language } from '../base/texts';

const RATES = '0.5 0.75 1 1.25 1.5 1.75 2';

const CONTROLS = `
<media-settings-menu hidden anchor="auto">
  <media-settings-menu-item>%speed<media-playback-rate-menu slot="submenu" rates="${RATES}" hidden><div slot="title">%speed</div></media-playback-rate-menu></media-settings-menu-item>
  <media-settings-menu-item>%quality<media-rendition-menu slot="submenu" hidden><div slot="title">%quality</div></media-rendition-menu></media-settings-menu-item>
  <media-settings-menu-item>%audio<media-audio-track-menu slot="submenu" hidden><div slot="title">%audio</div></media-audio-track-menu></media-settings-menu-item>
  <media-settings-menu-item>%text<media-captions-menu slot="submenu" hidden><div slot="title">%text</div></media-captions-menu></media-settings-menu-item>
</media-settings-menu>
<div class="bottom">
  <media-time-range><media-preview-thumbnail slot="preview"></media-preview-thumbnail><media-preview-chapter-display slot="preview"></media-preview-chapter-display><media-preview-time-display slot="preview"></media-preview-time-display></media-time-range>
  <media-control-bar>
    <media-play-button></media-play-button>
    <media-mute-button></media-mute-button>
    <media-volume-range></media-volume-range>
    <media-time-display showduration notoggle></media-time-display>
    <span class="spacer"></span>
    <media-captions-button></media-captions-button>
    <media-settings-menu-button><svg slot="icon" viewBox="0 0 24 24"><path d="M13 5a3 3 0 0 1 5.8 1H21v2h-2.2A3 3 0 0 1 13 8H3V6h10zm3 1a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM5.2 16a3 3 0 0 1 5.6 0H21v2H10.8a3 3 0 0 1-5.6 0H3v-2zM8 16a1 1 0 1 0 0 2 1 1 0 0 0 0-2z"/></svg></media-settings-menu-button>
    <media-pip-button></media-pip-button>
    <media-airplay-button></media-airplay-button>
    <media-fullscreen-button></media-fullscreen-button>
  </media-control-bar>
</div>`;

/** Puts the controller around `video`, with names for its menus. */
export function surround(video: HTMLVideoElement, names: Record<'speed' | 'quality' | 'audio' | 'text', string>): HTMLElement {
  setLanguage(language());
  const controller = document.createElement('media-controller');
  const inside = document.createElement('template');
  inside.innerHTML = CONTROLS.replace(/%(\w+)/g, (_, name: keyof typeof names) => names[name]);
  const spinner = document.createElement('media-loading-indicator');
  spinner.slot = 'centered-chrome';
  video.replaceWith(controller);
  video.controls = false;
  video.slot = 'media';
  controller.append(video, spinner, inside.content);
  return controller;
}
