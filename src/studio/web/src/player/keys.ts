// The player's keys work wherever one is on its page, except where one types or presses.

const KEYS = new Set([' ', 'k', 'm', 'f', 'c', 'j', 'l', 'p', '<', '>', 'ArrowLeft', 'ArrowRight']);

/** Hands keys of the page on to the controller, which knows what they do. */
export function forwardKeys(controller: HTMLElement): void {
  document.addEventListener('keyup', (event) => {
    const at = event.target as Element;
    const elsewhere = at.closest('input, textarea, select, button, a, summary, [contenteditable], [role="slider"]');
    if (controller.contains(at) || elsewhere || !KEYS.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    controller.dispatchEvent(new KeyboardEvent('keyup', { key: event.key, shiftKey: event.shiftKey }));
  });
}
