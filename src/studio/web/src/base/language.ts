// Languages by their names, where the page has their tags.
import { language } from './texts';

const names = new Intl.DisplayNames([language()], { type: 'language' });
for (const place of document.querySelectorAll<HTMLElement>('[data-language]')) {
  try {
    place.textContent = names.of(place.dataset['language'] ?? '') ?? place.textContent;
  } catch {
    // Not a tag that the browser knows: it stays as it is.
  }
}
