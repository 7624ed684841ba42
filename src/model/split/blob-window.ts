/** Reads here and there in a file that need not fit into memory. */
import { type Bytes, type Field, type FieldPlace, longestHeader, readField } from './protobuf';

/** What is read at least: the parts between a model's weights are small and lie side by side. */
const windowBytes = 64 * 1024;

export class BlobWindow {
  #start = 0;
  #bytes: Bytes = new Uint8Array();

  constructor(readonly blob: Blob) {}

  /** The bytes from `start` to `end`, which are not to be changed. */
  async read(start: number, end: number): Promise<Bytes> {
    if (start < this.#start || end > this.#start + this.#bytes.length) {
      const part = this.blob.slice(start, Math.max(end, start + windowBytes));
      this.#bytes = new Uint8Array(await part.arrayBuffer());
      this.#start = start;
    }
    return this.#bytes.subarray(start - this.#start, end - this.#start);
  }

  /** Reads the value of a field, as a copy. */
  async field(place: FieldPlace): Promise<Field> {
    return { ...place, content: (await this.read(place.valueStart, place.end)).slice() };
  }

  /** The fields of the message between `start` and `end`; their places count from the file's start. */
  async *fields(start: number, end: number): AsyncGenerator<FieldPlace> {
    for (let at = start; at < end; ) {
      const place = readField(await this.read(at, Math.min(at + longestHeader, end)), 0);
      const [valueStart, fieldEnd] = [at + place.valueStart, at + place.end];
      if (fieldEnd > end) throw new RangeError('a field is longer than its message');
      yield { ...place, start: at, valueStart, end: fieldEnd };
      at = fieldEnd;
    }
  }
}
