/** The weights of a new graph: files that are made of pieces of the old one, and copy nothing. */
import type { WeightPlace } from './onnx-writer';
import type { Bytes } from './protobuf';

/** Weights go on in a further file before one grows beyond this. */
const maxFileBytes = 96_000_000;
const alignment = 64;

export class WeightFiles {
  /** Of each file: pieces of the old one, and zeros between them. */
  readonly #files: { pieces: BlobPart[]; bytes: number }[] = [];

  /** @param stem what the files' names begin with */
  constructor(
    private readonly source: Blob,
    private readonly stem: string,
  ) {}

  /** Takes the values between two places of the old file. */
  add(start: number, end: number): WeightPlace {
    const length = end - start;
    let file = this.#files.at(-1);
    let padding = file ? (alignment - (file.bytes % alignment)) % alignment : 0;
    if (!file || file.bytes + padding + length > maxFileBytes) {
      file = { pieces: [], bytes: 0 };
      padding = 0;
      this.#files.push(file);
    }
    const offset = file.bytes + padding;
    if (padding > 0) file.pieces.push(new Uint8Array(padding));
    file.pieces.push(this.source.slice(start, end));
    file.bytes = offset + length;
    return { file: this.#name(this.#files.length - 1), offset, length };
  }

  /** Bytes of the old file, for what is too small for a file of weights. */
  async read(start: number, end: number): Promise<Bytes> {
    return new Uint8Array(await this.source.slice(start, end).arrayBuffer());
  }

  files(): ReadonlyMap<string, Blob> {
    return new Map(this.#files.map(({ pieces }, index) => [this.#name(index), new Blob(pieces)]));
  }

  #name(index: number): string {
    return `${this.stem}.${index}.bin`;
  }
}
