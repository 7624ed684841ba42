/** Photos from file inputs, `webkitdirectory` ones included. */
import type { ImportItem } from '../library';
import { isSystemFile } from './system-files';

/** Files of a folder keep their relative path; hidden and system files in it are left out. */
export function* photosFromFiles(files: Iterable<File>): Generator<ImportItem, void> {
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    const inFolder = file.webkitRelativePath !== '';
    if (inFolder && path.split('/').some(isSystemFile)) continue;
    yield { path, source: file };
  }
}
