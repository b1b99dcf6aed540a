// A file that is here already need not be sent: the server knows its own account's sources by their BLAKE3.
import { call } from '../base/api';

/** The newest title of one's own that was made from `file`; none where it is new, or can't be read. */
export async function known(file: File): Promise<string | null> {
  const hash = await new Promise<string | null>((tell) => {
    const worker = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' });
    const end = (hash: string | null) => {
      worker.terminate();
      tell(hash);
    };
    worker.addEventListener('message', (event) => end(event.data as string));
    worker.addEventListener('error', () => end(null));
    worker.postMessage(file);
  });
  if (hash === null) return null;
  const { body } = await call<{ titles: string[] }>('POST', 'known-files', { blake3: hash });
  return body?.titles?.[0] ?? null;
}
