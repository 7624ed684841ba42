/** What the rest of the app sees of the photo library. Everything here survives a reload. */
import type { AppError } from '../errors';
import type { ImageEncoder, ModelKey, ModelPixels } from '../model/encoding';
import type { CaptionLanguage, PhotoCaptions, StoredCaption } from './captions';
import type { PhotoTags, TakenLabel } from './tags';

/** SHA-256 of the file's bytes, in hexadecimal: the same content is the same photo. */
export type PhotoId = string;

export interface PhotoDetails {
  readonly camera?: string;
  readonly lens?: string;
  readonly exposure?: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

export interface Photo {
  readonly id: PhotoId;
  /** File names with their relative paths, the first one met first; duplicates add to it. */
  readonly paths: readonly string[];
  readonly bytes: number;
  /** MIME type by content. */
  readonly type: string;
  /** Pixels after the EXIF turn. */
  readonly width: number;
  readonly height: number;
  /** Milliseconds since 1970: EXIF date, else the file's own. */
  readonly takenAt: number;
  readonly importedAt: number;
  readonly details: PhotoDetails;
  /** Author, licence and address, for photos of the sample album. */
  readonly attribution?: Attribution;
}

export interface Attribution {
  readonly title: string;
  readonly author: string;
  readonly licence: string;
  readonly source: string;
}

/** A file on its way into the library. */
export interface ImportItem {
  /** File name with its relative path. */
  readonly path: string;
  readonly source: File | FileSystemFileHandle;
  /** The folder that the person opened, for a handle in it: one permission covers all of its files. */
  readonly folder?: FileSystemDirectoryHandle;
  readonly attribution?: Attribution;
}

/** A file that could not be taken in. */
export interface ImportFailure {
  readonly path: string;
  readonly error: AppError;
  readonly at: number;
}

export type IndexingStatus = 'idle' | 'running' | 'paused' | 'failed';

/** Counts are of the whole library: done + failed + still to do = total. */
export interface IndexingState {
  readonly status: IndexingStatus;
  /** The model whose vectors photos must have to be done; null until the first one was there. */
  readonly modelKey: ModelKey | null;
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  /** Over the last seconds; null until measured. */
  readonly photosPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** Why the status is `failed`. */
  readonly error?: AppError;
}

export type LibraryEvent =
  | { readonly type: 'photos-added'; readonly photos: readonly Photo[] }
  /** Further paths were met for photos that are in the library. */
  | { readonly type: 'photos-changed'; readonly photos: readonly Photo[] }
  | { readonly type: 'photos-removed'; readonly ids: readonly PhotoId[] }
  | {
      readonly type: 'embeddings-added';
      readonly modelKey: ModelKey;
      readonly entries: readonly EmbeddingEntry[];
    }
  /** What was queued and not yet in the library will not be taken in. */
  | { readonly type: 'queue-dropped' }
  | { readonly type: 'tags-changed'; readonly ids: readonly PhotoId[] }
  | { readonly type: 'captions-changed'; readonly ids: readonly PhotoId[] }
  | { readonly type: 'indexing'; readonly state: IndexingState }
  | { readonly type: 'failures'; readonly failures: readonly ImportFailure[] };

export interface EmbeddingEntry {
  readonly id: PhotoId;
  readonly embedding: Float32Array;
}

/** What the library holds for one model. */
export interface IndexSize {
  readonly photos: number;
  /** Of embeddings and tokens, without what the database adds. */
  readonly bytes: number;
}

/** Where the file of a photo lies in a folder that the person opened. */
export interface OriginalInFolder {
  readonly folder: FileSystemDirectoryHandle;
  readonly handle: FileSystemFileHandle;
}

export interface PhotoPicture {
  readonly blob: Blob;
  /** Whether this is the photo's file itself. */
  readonly original: boolean;
  /** Whether any browser shows such files; else this is the best picture there will be. */
  readonly showable: boolean;
  /** Whether the photo's file is known, and the person may let the page read it again. */
  readonly requestable: boolean;
}

export interface StorageUse {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  readonly persisted: boolean;
}

export interface Library {
  /** Every photo, newest first. */
  photos(): readonly Photo[];
  photo(id: PhotoId): Photo | undefined;
  failures(): readonly ImportFailure[];
  indexing(): IndexingState;
  subscribe(listener: (event: LibraryEvent) => void): () => void;

  /**
   * Takes files in; resolves once they are queued for good, not when they are indexed. Throws
   * `cancelled` where the queue is dropped meanwhile.
   */
  add(items: AsyncIterable<ImportItem> | Iterable<ImportItem>): Promise<void>;
  remove(ids: readonly PhotoId[]): Promise<void>;
  clear(): Promise<void>;
  dismissFailures(): Promise<void>;

  /** Indexing goes on where it was as soon as there is an encoder; photos that lack this model's vectors are done. */
  setEncoder(encoder: ImageEncoder | null): void;
  /** The encoder of the model that is searched with, while indexing is done for another one. */
  setSearchEncoder(encoder: ImageEncoder | null): void;
  /** The models that have an index, and what each index takes. */
  indexSizes(): Promise<ReadonlyMap<ModelKey, IndexSize>>;
  /** Deletes a model's embeddings and tokens; to be called for a model that is not in use. */
  removeIndex(modelKey: ModelKey): Promise<void>;
  pause(): void;
  resume(): void;
  /** Drops what is queued and not yet in the library; what is in stays. */
  cancel(): Promise<void>;

  /** A small picture (JPEG or WebP, 320 pixels on the longer side) for grids. */
  thumbnail(id: PhotoId): Promise<Blob>;
  /** The best picture at hand: the original where it can be reached, else a large preview. */
  picture(id: PhotoId): Promise<PhotoPicture>;
  /**
   * Asks the person to let the page read the photo's file again, as it must after a reload. To be
   * called upon a click or key. True where `picture` can give the original now.
   */
  requestOriginal(id: PhotoId): Promise<boolean>;
  /** The files of those photos that came with a folder; whether they may be accessed is not asked. */
  originalsInFolders(ids: readonly PhotoId[]): Promise<ReadonlyMap<PhotoId, OriginalInFolder>>;

  /** The tags of every photo that has or had some; another map after each change. */
  tags(): ReadonlyMap<PhotoId, PhotoTags>;
  /** Gives a tag by hand, or confirms it: no label set takes it away again. */
  addTag(ids: readonly PhotoId[], name: string): Promise<void>;
  /** Takes a tag away by hand: no label set gives it again. */
  removeTag(ids: readonly PhotoId[], name: string): Promise<void>;
  /**
   * Tags photos by a label set: each gets the labels that it takes, in the place of what this set gave
   * it before. Corrections by hand stay, and so do the tags of photos that `taken` does not name.
   */
  tagByLabels(set: string, taken: ReadonlyMap<PhotoId, readonly TakenLabel[]>): Promise<void>;

  /** The captions of every photo that has some; another map after each change. */
  captions(): ReadonlyMap<PhotoId, PhotoCaptions>;
  /**
   * Keeps a caption in the place of the one in this language. A model's caption never takes the
   * place of one by hand. Nothing happens where the photo is gone.
   */
  setCaption(id: PhotoId, language: CaptionLanguage, caption: StoredCaption): Promise<void>;
  /** As {@link setCaption}, but a person asked for it: one by hand gives way to a model's, too. */
  replaceCaption(id: PhotoId, language: CaptionLanguage, caption: StoredCaption): Promise<void>;
  removeCaption(id: PhotoId, language: CaptionLanguage): Promise<void>;

  /**
   * The square that an encoder reads, of a file that need not be in the library.
   * Throws the file's error where it is no photo that can be decoded.
   */
  pixels(file: Blob, size: number, signal?: AbortSignal): Promise<ModelPixels>;
  /** The file itself, or a picture of it where browsers may not show such files. Throws as `pixels`. */
  showable(file: Blob): Promise<Blob>;
  /** Null where the photo is not indexed for the model. */
  embedding(modelKey: ModelKey, id: PhotoId): Promise<Float32Array | null>;
  /** Every stored embedding of a model, in blocks. */
  embeddings(modelKey: ModelKey): AsyncIterable<readonly EmbeddingEntry[]>;
  /**
   * The ranker's tokens of the photos, in their order; those that were dropped to keep the store
   * bounded are computed again with the model's encoder. Rows of photos that are gone are null.
   */
  imageTokens(
    modelKey: ModelKey,
    ids: readonly PhotoId[],
    signal?: AbortSignal,
  ): Promise<readonly (Float32Array | null)[]>;

  storage(): Promise<StorageUse>;
  /** Ends the indexing, the workers and the connection; what is stored stays. */
  close(): Promise<void>;
}
