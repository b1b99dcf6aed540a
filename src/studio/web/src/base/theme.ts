// Switches the colours at once; the form behind it keeps the choice in a cookie.

class Theme extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener('submit', (event) => {
      const chosen = (event as SubmitEvent).submitter as HTMLButtonElement | null;
      if (!chosen) return;
      event.preventDefault();
      show(chosen.value);
      for (const button of this.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button === chosen));
      void fetch('/studio/preferences', { method: 'POST', body: new URLSearchParams({ theme: chosen.value }), redirect: 'manual' });
    });
  }
}

function show(theme: string): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

customElements.define('studio-theme', Theme);
