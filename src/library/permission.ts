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
 * Asks once for each folder, and for each file that came alone, until one is refused. Browsers show
 * the question only shortly after a click or a key, which comparing thousands of handles would use
 * up: of several with the same name, which are mostly the same folder, the first one is asked for.
 */
export async function requestAccess(originals: readonly OriginalRecord[]): Promise<boolean> {
  const byName = new Map<string, FileSystemHandle>();
  for (const { handle, folder } of originals) {
    const subject: FileSystemHandle = folder ?? handle;
    if (!byName.has(subject.name)) byName.set(subject.name, subject);
  }
  for (const subject of byName.values()) {
    if (!(await isGranted(subject, 'read'))) return false;
  }
  return byName.size > 0;
}
