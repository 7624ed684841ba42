/** Photos from a folder opened through the File System Access API: handles, which outlive the page. */
import { AppError } from '../../errors';
import type { ImportItem } from '../library';
import { isSystemFile } from './system-files';
import { Unreadable } from './unreadable';

export function canPickFolder(): boolean {
  return 'showDirectoryPicker' in globalThis;
}

/**
 * Lets the person choose a folder; null where they choose none. To be called upon a click or key.
 * Throws `permission-denied`.
 */
export async function pickFolder(): Promise<AsyncIterable<ImportItem> | null> {
  try {
    const folder = await window.showDirectoryPicker({ id: 'photos', startIn: 'pictures' });
    return photosFromFolder(folder);
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    if (cause.name === 'AbortError') return null;
    throw new AppError(
      'permission-denied',
      'The browser does not let the page open folders.',
      {},
      { cause },
    );
  }
}

/**
 * Every file under the folder, its path beginning with the folder's name; opened one by one.
 *
 * @throws AppError `partly-unreadable` after the last file, where a folder could not be read
 */
export async function* photosFromFolder(
  folder: FileSystemDirectoryHandle,
): AsyncGenerator<ImportItem, void> {
  const unreadable = new Unreadable();
  yield* filesUnder(folder, unreadable);
  unreadable.report();
}

/** The same with the folders that cannot be read noted in `unreadable`. */
export async function* filesUnder(
  folder: FileSystemDirectoryHandle,
  unreadable: Unreadable,
  root = folder,
  path = folder.name,
): AsyncGenerator<ImportItem, void> {
  try {
    for await (const handle of folder.values()) {
      if (isSystemFile(handle.name)) continue;
      const childPath = `${path}/${handle.name}`;
      if (handle.kind === 'directory') yield* filesUnder(handle, unreadable, root, childPath);
      else yield { path: childPath, source: handle, folder: root };
    }
  } catch (cause) {
    unreadable.note(path, cause);
  }
}
