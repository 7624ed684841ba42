/** A package in a folder that somebody chose. */
import { AppError } from '../../errors';
import type { PackageSource } from './source';

/** A file of the folder, its path beginning with the folder's name or inside it. */
export interface FolderFile {
  readonly path: string;
  readonly file: File;
}

const manifestName = 'manifest.json';

/** Every file of a folder that was opened through the File System Access API. */
export async function filesInFolder(
  folder: FileSystemDirectoryHandle,
  path = '',
): Promise<readonly FolderFile[]> {
  const files: FolderFile[] = [];
  for await (const handle of folder.values()) {
    const childPath = path + handle.name;
    if (handle.kind === 'file') files.push({ path: childPath, file: await handle.getFile() });
    else files.push(...(await filesInFolder(handle, `${childPath}/`)));
  }
  return files;
}

/** @throws AppError as {@link packageRoot} */
export function folderSource(name: string, files: readonly FolderFile[]): PackageSource {
  const root = packageRoot(
    files.map(({ path }) => path),
    name,
  );
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  const find = (path: string) => {
    const file = byPath.get(root + path);
    if (!file) throw missingFrom(name, path);
    return file;
  };
  return {
    origin: { kind: 'folder', name },
    manifest: () => find(manifestName).text(),
    open: async (path, { from }) => ({ stream: find(path).slice(from).stream(), from }),
  };
}

/**
 * The folder that holds manifest.json, with a slash at its end where it is not the top.
 * @throws AppError `manifest-missing` where there is none, `several-models` where there are some
 */
export function packageRoot(paths: readonly string[], name: string): string {
  const depth = (path: string) => path.split('/').length;
  const [manifest, other] = paths
    .filter((path) => path === manifestName || path.endsWith(`/${manifestName}`))
    .sort((a, b) => depth(a) - depth(b));
  if (manifest === undefined) {
    throw new AppError('manifest-missing', `There is no ${manifestName} in ${name}.`, { name });
  }
  if (other !== undefined && depth(other) === depth(manifest)) {
    throw new AppError('several-models', `${name} holds several models.`, { name });
  }
  return manifest.slice(0, -manifestName.length);
}

export function missingFrom(name: string, file: string): AppError {
  return new AppError('model-file-missing', `${file} of the model is not in ${name}.`, { file });
}
