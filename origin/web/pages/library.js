// The library page: a card for each title.
import { seconds, titles } from './api.js';
import { clock, lines } from './format.js';

const at = (id) => document.getElementById(id);

/** An element with a class and children (elements or text). */
function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function poster(title) {
  const frame = element('div', 'poster');
  if (title.poster) {
    const image = element('img');
    image.alt = '';
    image.loading = 'lazy';
    image.src = title.poster;
    frame.append(image);
  }
  frame.append(element('span', 'badge', clock(seconds(title.duration))));
  return frame;
}

function card(title) {
  const cut = title.title.lastIndexOf('/') + 1;
  const name = element('span', 'name');
  if (cut) name.append(element('span', 'muted', title.title.slice(0, cut)), document.createElement('wbr'));
  name.append(title.name ?? title.title.slice(cut));
  const facts = title.height ? `${lines(title.width, title.height)} · ${title.width} × ${title.height}` : 'sound only';
  const link = element('a', '', poster(title), name, element('span', 'muted small', facts));
  link.href = `/watch/${title.title}`;
  const item = element('li', 'card', link);
  item.dataset.words = `${title.title} ${title.name ?? ''}`.toLowerCase();
  return item;
}

function filterBy(cards, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of cards) {
    item.hidden = !words.every((word) => item.dataset.words.includes(word));
    shown += item.hidden ? 0 : 1;
  }
  count(shown, cards.length);
}

function count(shown, all) {
  const titles = `${all} ${all === 1 ? 'title' : 'titles'}`;
  at('count').textContent = shown === all ? titles : `${shown} of ${titles}`;
}

async function main() {
  const list = await titles();
  const cards = list.map(card);
  at('titles').replaceChildren(...cards);
  at('empty').hidden = cards.length > 0;
  at('filter').hidden = cards.length < 2;
  at('filter').addEventListener('input', (event) => filterBy(cards, event.target.value));
  count(cards.length, cards.length);
}

main().catch((error) => {
  at('notice').textContent = `The list of titles could not be read. ${error.message}`;
  at('notice').hidden = false;
});
