// How an upload is known again after the page was closed: by its file's size, date and two ends, not by its name, and by
// its purpose.

const END = 1024 * 1024;

/**
 * A key for the browser's list of unfinished uploads. The server has the purpose (its audience, or the title that the file
 * is for) from an upload's creation, so one with another purpose begins anew; and the date tells files of one size and the
 * same ends apart, as disk images are.
 */
export async function fingerprint(file: File, purpose: Record<string, string>): Promise<string> {
  return `studio ${await content(file)} ${file.lastModified} ${Object.entries(purpose).flat().join(' ')}`;
}

/** A file by its content. Without SubtleCrypto (plain HTTP) its name must do. */
async function content(file: File): Promise<string> {
  const digest = globalThis.crypto?.subtle;
  if (!digest) return `${file.name} ${file.size}`;
  const ends = new Blob([file.slice(0, END), file.slice(Math.max(END, file.size - END))]);
  const hash = new Uint8Array(await digest.digest('SHA-256', await ends.arrayBuffer()));
  return `${file.size} ${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
