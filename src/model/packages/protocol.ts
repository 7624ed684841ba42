/** Every message between the page and the worker that adds a package. */
import type { WireError } from '../../errors';
import type { ModelKey } from '../encoding';
import type { FolderFile } from './folder-source';
import type { LoadProgress } from './receive';

/** What somebody chose to add. */
export type AddRequest =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'folder'; readonly name: string; readonly files: readonly FolderFile[] }
  | { readonly kind: 'zip'; readonly file: File }
  /** A model.onnx with both encoders, and the files beside it. */
  | { readonly kind: 'export-url'; readonly url: string }
  | { readonly kind: 'export-files'; readonly files: readonly File[] };

/** What there is to know about a package that is on its way. */
export interface ArrivingPackage {
  readonly key: ModelKey;
  readonly name: string;
}

export type AddMessage =
  | { readonly type: 'package'; readonly package: ArrivingPackage }
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  | { readonly type: 'added'; readonly key: ModelKey }
  | { readonly type: 'error'; readonly error: WireError };
