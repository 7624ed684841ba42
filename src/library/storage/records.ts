/** The records of the library's database. */
import type { WireError } from '../../errors';
import type { ModelKey } from '../../model/encoding';
import type { Attribution, PhotoId } from '../library';
import type { QuantizedValues } from './quantization';

/** Where the file of a photo lies on the person's disk. */
export interface OriginalRecord {
  readonly handle: FileSystemFileHandle;
  /** The folder that was opened: one permission covers all of its files. */
  readonly folder?: FileSystemDirectoryHandle;
}

export interface EmbeddingRecord {
  readonly modelKey: ModelKey;
  readonly photoId: PhotoId;
  readonly embedding: Float32Array;
}

export interface TokenRecord extends QuantizedValues {
  readonly modelKey: ModelKey;
  readonly photoId: PhotoId;
}

/** Kept apart from the tokens, so that noting a use does not rewrite them. */
export interface TokenUseRecord {
  readonly modelKey: ModelKey;
  readonly photoId: PhotoId;
  readonly lastUsed: number;
  readonly bytes: number;
}

/** A file that waits to be taken in. */
export interface InboxRecord {
  readonly path: string;
  readonly attribution?: Attribution;
  /** The file's own date, milliseconds since 1970; a handle's file says it when opened. */
  readonly modifiedAt?: number;
  readonly source:
    | ({ readonly kind: 'handle' } & OriginalRecord)
    | { readonly kind: 'blob'; readonly blob: Blob }
    /** Only that tab can read the file, and only as long as it lives. */
    | { readonly kind: 'memory'; readonly tab: string; readonly bytes: number };
}

/** Tells apart files that failed: names alone may be equal. */
export interface FailureKey {
  readonly path: string;
  /** Size of the file, 0 where it could not be opened. */
  readonly bytes: number;
}

export interface FailureRecord extends FailureKey {
  readonly error: WireError;
  readonly at: number;
  /** Set where the photo is in the library and could not be indexed for a new model. */
  readonly photoId?: PhotoId;
}

/** Single values that must outlive the page. */
export interface Settings {
  readonly paused: boolean;
  /** The model that the library was indexed for last. */
  readonly modelKey: ModelKey;
  readonly persistenceRequested: boolean;
  /** Sums over the stores, kept with every write. */
  readonly tokenBytes: number;
  readonly inboxBytes: number;
}
