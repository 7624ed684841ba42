/** What passes between the decode pool and its workers. */
import type { WireError } from '../../errors';
import type { ModelPixels } from '../../model/encoding';
import type { PhotoDetails, PhotoId } from '../library';

/** What is known of a file before it is decoded. */
export interface PhotoIdentity {
  readonly id: PhotoId;
  /** MIME type by content. */
  readonly type: string;
  /** By the file's header; 0 where that is not understood. */
  readonly megapixels: number;
}

/** The picture that is kept of a photo. */
export interface StoredPicture {
  readonly blob: Blob;
  /** Whether these are the file's own bytes, not a reduced copy. */
  readonly original: boolean;
  /** Whether any browser shows the file itself, and upright; else this picture takes its place. */
  readonly showable: boolean;
}

/** Everything that the library takes from a file. */
export interface PreparedPhoto {
  /** Pixels after the EXIF turn. */
  readonly width: number;
  readonly height: number;
  /** By EXIF, milliseconds since 1970. */
  readonly takenAt?: number;
  readonly details: PhotoDetails;
  /** A JPEG. */
  readonly thumbnail: ArrayBuffer;
  readonly picture: StoredPicture;
  /** Absent where no model asked for them. */
  readonly pixels?: ModelPixels;
}

/** Each task's arguments and result, by the name of the function in decode.ts that does it. */
export interface DecodeTasks {
  identify: { args: [file: Blob]; result: PhotoIdentity };
  prepare: { args: [file: Blob, type: string, modelSize: number | null]; result: PreparedPhoto };
  preparePixels: { args: [blob: Blob, modelSize: number]; result: ModelPixels };
}

export type DecodeTask = keyof DecodeTasks;

export type DecodeRequest = {
  [Task in DecodeTask]: { readonly task: Task; readonly args: DecodeTasks[Task]['args'] };
}[DecodeTask];

export type DecodeResult = DecodeTasks[DecodeTask]['result'];

export type DecodeResponse =
  /** Sent once, when the worker's code has loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: DecodeResult }
  | { readonly kind: 'error'; readonly error: WireError };
