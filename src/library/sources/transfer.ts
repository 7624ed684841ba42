/** Photos that are dropped on the page or pasted into it. */
import type { ImportItem } from '../library';
import { filesUnder } from './folder';
import { isSystemFile } from './system-files';
import { Unreadable } from './unreadable';

/** What came with the event, as far as the browser goes: handles outlive the page, entries do not. */
type Dropped =
  | {
      readonly kind: 'folder';
      readonly handle: Promise<FileSystemHandle | null>;
      readonly entry: FileSystemEntry;
    }
  | { readonly kind: 'entry'; readonly entry: FileSystemEntry }
  | { readonly kind: 'file'; readonly file: File };

/**
 * Files and folders of a drop or a paste. To be called while the event is being handled: what it
 * carries is gone afterwards.
 *
 * @throws AppError `partly-unreadable` after the last file, where some could not be read
 */
export function photosFromTransfer(transfer: DataTransfer): AsyncIterable<ImportItem> {
  const dropped: Dropped[] = [];
  for (const item of transfer.items) {
    if (item.kind === 'file') dropped.push(...droppedOf(item));
  }
  return photosOf(dropped);
}

function droppedOf(item: DataTransferItem): Dropped[] {
  const file = item.getAsFile();
  // A pasted picture has no place on the disk that a handle could name.
  const entry = item.webkitGetAsEntry?.();
  if (!entry) return file ? [{ kind: 'file', file }] : [];
  if (entry.isDirectory && item.getAsFileSystemHandle) {
    const handle = item.getAsFileSystemHandle().catch(() => null);
    return [{ kind: 'folder', handle, entry }];
  }
  return [{ kind: 'entry', entry }];
}

async function* photosOf(dropped: readonly Dropped[]): AsyncGenerator<ImportItem, void> {
  const unreadable = new Unreadable();
  for (const item of dropped) {
    if (item.kind === 'entry') yield* walk(item.entry, unreadable);
    else if (item.kind === 'file') yield { path: pastedName(item.file), source: item.file };
    else {
      const handle = await item.handle;
      if (handle instanceof FileSystemDirectoryHandle) yield* filesUnder(handle, unreadable);
      // Browsers refuse handles of folders that they think sensitive, and still let them be read.
      else yield* walk(item.entry, unreadable);
    }
  }
  unreadable.report();
}

async function* walk(
  entry: FileSystemEntry,
  unreadable: Unreadable,
): AsyncGenerator<ImportItem, void> {
  const path = entry.fullPath.replace(/^\//, '');
  try {
    if (isFileEntry(entry)) yield { path, source: await fileOf(entry) };
    else if (isDirectoryEntry(entry)) {
      const reader = entry.createReader();
      // A reader gives a folder in parts, and an empty one at its end.
      for (;;) {
        const children = await entriesOf(reader);
        if (children.length === 0) return;
        for (const child of children) if (!isSystemFile(child.name)) yield* walk(child, unreadable);
      }
    }
  } catch (cause) {
    unreadable.note(path, cause);
  }
}

function isFileEntry(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectoryEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

/** Browsers call every pasted picture `image.png`: the time tells them apart. */
function pastedName(file: File): string {
  if (file.name !== 'image.png') return file.name;
  const time = new Date(file.lastModified).toISOString().slice(0, 19).replaceAll(':', '-');
  return `pasted ${time}.png`;
}
