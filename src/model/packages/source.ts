/** Where a model package is read from: an address, a folder, a ZIP file, or a program that makes one. */

/** How a package came into the browser, as people are told. */
export interface PackageOrigin {
  /**
   * `site`: loaded from this site when it was used; `url`: from an address that somebody typed;
   * `split`: made in the browser of an ONNX file that holds both encoders.
   */
  readonly kind: 'site' | 'url' | 'folder' | 'zip' | 'split';
  /** The address, or the name of the folder or file. */
  readonly name: string;
}

export interface OpenOptions {
  /** The first byte that is wanted; those before it are there already. */
  readonly from: number;
  /** The version that the bytes before `from` belong to, where the source told one. */
  readonly version?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file that a source has begun to give. */
export interface OpenedFile {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the stream begins with: the byte asked for, or 0 where the source cannot begin there. */
  readonly from: number;
  /** Marks the file's content (an ETag), so that a later visit can go on with the same. */
  readonly version?: string | undefined;
}

export interface PackageSource {
  readonly origin: PackageOrigin;
  /** The text of manifest.json. @throws AppError `manifest-unreachable`, `cancelled` */
  manifest(signal?: AbortSignal): Promise<string>;
  /**
   * One file that the manifest names, by its path in the package.
   * @throws AppError `download-failed`, `cancelled`; the stream may fail with the same
   */
  open(file: string, options: OpenOptions): Promise<OpenedFile>;
}
