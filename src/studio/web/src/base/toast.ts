// A short message at the corner of the page, read out by screen readers.

const SHOWN_FOR = 5000;

export function toast(text: string): void {
  const message = document.createElement('p');
  message.className = 'notice';
  message.textContent = text;
  document.getElementById('toasts')?.append(message);
  setTimeout(() => message.remove(), SHOWN_FOR);
}
