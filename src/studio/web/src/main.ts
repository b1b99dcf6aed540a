// On every page. The islands of a page are loaded when it has them.
import './style.css';
import './base/copy';
import './base/language';
import './base/search';
import './base/theme';

// Where the places stand in a row that is wider than the screen, the open one is seen.
document.querySelector('.side [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

const ISLANDS: Record<string, () => Promise<unknown>> = {
  'studio-frame': () => import('./player/frame'),
  'studio-order': () => import('./order/element'),
  'studio-pending': () => import('./live/pending'),
  'studio-player': () => import('./player/element'),
  'studio-queue': () => import('./player/queue'),
  'studio-results': () => import('./base/results'),
  'studio-states': () => import('./live/states'),
  'studio-upload': () => import('./upload/element'),
};

for (const [name, load] of Object.entries(ISLANDS)) {
  if (document.querySelector(name)) void load();
}
