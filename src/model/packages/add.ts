/** Takes a package from any source into the browser's storage. */
import type { ModelKey } from '../encoding';
import type { PackageSource } from './source';

export interface AddProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

export interface AddOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AddProgress) => void;
}

/**
 * Copies what both back ends need of a package, file by file, each checked against the manifest's
 * digest while it streams by. The package appears among the kept ones once all of it is there and
 * right. What has arrived before an error stays, and the next call with the same package goes on
 * from there.
 *
 * @throws AppError `manifest-unreachable`, `manifest-invalid`, `download-failed`,
 * `checksum-mismatch`, `tokenizer-invalid`, `storage-short`, `storage-full`, `cancelled`
 */
export declare function addPackage(source: PackageSource, options?: AddOptions): Promise<ModelKey>;
