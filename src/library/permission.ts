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
 * Of handles with the same name, which are mostly of the same folder, the first one: browsers show the
 * question only shortly after a click or a key, which comparing thousands of handles would use up.
 */
export function oneOfEachName<Handle extends FileSystemHandle>(
  handles: readonly Handle[],
): readonly Handle[] {
  const byName = new Map<string, Handle>();
  for (const handle of handles) if (!byName.has(handle.name)) byName.set(handle.name, handle);
  return [...byName.values()];
}

/** Asks once for each folder, and for each file that came alone, until one is refused. */
export async function requestAccess(originals: readonly OriginalRecord[]): Promise<boolean> {
  const subjects = originals.map(({ handle, folder }): FileSystemHandle => folder ?? handle);
  for (const subject of oneOfEachName(subjects)) {
    if (!(await isGranted(subject, 'read'))) return false;
  }
  return originals.length > 0;
}
