// BLAKE3 of a file, read piece by piece beside the page.
import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex } from '@noble/hashes/utils.js';

export async function digest(file: Blob): Promise<string> {
  const hash = blake3.create();
  const reader = file.stream().getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) hash.update(piece.value);
  return bytesToHex(hash.digest());
}

globalThis.addEventListener?.('message', (event: MessageEvent<File>) => {
  void digest(event.data).then((hash) => globalThis.postMessage(hash));
});
