/** Asking a person to let the page read their files again, as it must after a reload. */
import type { OriginalRecord } from './storage/records';

/** Asks for access; where the click is too long ago for a browser to ask, it is not granted. */
export async function isGranted(
  handle: FileSystemHandle,
  mode: FileSystemPermissionMode,
): Promise<boolean> {
  try {
    return (await handle.requestPermission({ mode })) === 'granted';
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

/**
 * Asks once for each folder, and for each file that came alone, until one is refused. Browsers
 * show the question only shortly after a click or a key.
 */
export async function requestAccess(originals: readonly OriginalRecord[]): Promise<boolean> {
  const asked: FileSystemHandle[] = [];
  for (const { handle, folder } of originals) {
    const subject: FileSystemHandle = folder ?? handle;
    const known = await Promise.all(asked.map((other) => other.isSameEntry(subject)));
    if (known.includes(true)) continue;
    asked.push(subject);
    if (!(await isGranted(subject, 'read'))) return false;
  }
  return asked.length > 0;
}
