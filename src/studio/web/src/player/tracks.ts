// Lists of tracks in the form that media-chrome reads from a media element.

/** A list that tells of what is added to it and of what is chosen. */
export class TrackList<T> extends EventTarget implements Iterable<T> {
  [place: number]: T;
  #items: T[] = [];

  get length(): number {
    return this.#items.length;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }

  /** Replaces all; `added` is the type of the event that tells of it. */
  fill(items: T[], added: string): void {
    this.#items.forEach((_, place) => delete this[place]);
    this.#items = items;
    Object.assign(this, items);
    this.dispatchEvent(new Event(added));
  }
}

/** Variant streams; -1 is the player's own choice. */
export class Renditions extends TrackList<{ id: string; width: number; height: number; bitrate: number }> {
  #selected = -1;
  chosen: (place: number) => void = () => undefined;

  get selectedIndex(): number {
    return this.#selected;
  }

  set selectedIndex(place: number) {
    this.#selected = place;
    this.chosen(place);
    this.dispatchEvent(new Event('change'));
  }
}

/** An audio track that is switched on by its `enabled`. */
export interface AudioChoice {
  id: string;
  label: string;
  language: string;
  kind: string;
  enabled: boolean;
}
