// On every page. The islands of a page are loaded when it has them.
import './style.css';
import './base/copy';
import './base/search';
import './base/theme';

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
