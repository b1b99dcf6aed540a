// A group of radio buttons in a fieldset: arrows move, the legend names it, as the browser does it by itself.

/**
 * Fills `fieldset` with `options` ([{ id, text, detail, disabled }]) and calls `chosen(id)` when a person picks one.
 */
export function fill(fieldset, options, selected, chosen) {
  const rows = options.map((option) => row(fieldset.id, option, option.id === selected, chosen));
  fieldset.replaceChildren(fieldset.querySelector('legend'), ...rows);
}

function row(group, { id, text, detail, disabled }, checked, chosen) {
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name: group, value: id, checked, disabled: Boolean(disabled) });
  input.addEventListener('change', () => chosen(id));
  const label = document.createElement('label');
  label.append(input, part('text', text), part('detail', detail ?? ''), part('mark', ''));
  return label;
}

function part(className, text) {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  return span;
}

/** Marks the option that plays now, which an automatic choice leaves unchecked. */
export function mark(fieldset, id) {
  for (const label of fieldset.querySelectorAll('label')) {
    const playing = label.querySelector('input').value === id;
    label.classList.toggle('playing', playing);
    label.querySelector('.mark').textContent = playing ? 'playing' : '';
  }
}

/** Checks the option of `id`, which was chosen by other means than this group; calls nobody. */
export function check(fieldset, id) {
  for (const input of fieldset.querySelectorAll('input')) input.checked = input.value === id;
}
