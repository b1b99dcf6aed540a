// Files dropped anywhere on the page.
import { say } from '../base/texts';

/** Calls `take` with files that are dropped; shows that they would be taken. */
export function onDrop(take: (files: File[]) => void): void {
  const veil = document.createElement('div');
  veil.className = 'veil';
  veil.textContent = say('drop');
  let depth = 0;
  const show = (over: boolean) => {
    document.body.classList.toggle('dropping', over);
    if (over) document.body.append(veil);
    else veil.remove();
  };
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragenter', (event) => {
    if (hasFiles(event)) show(++depth > 0);
  });
  addEventListener('dragleave', (event) => {
    if (hasFiles(event)) show(--depth > 0);
  });
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show((depth = 0) > 0);
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
