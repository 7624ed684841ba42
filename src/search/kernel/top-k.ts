/**
 * Keeps the k best of a stream of scored rows in a binary heap whose root is the worst kept.
 * Rows must come in ascending order; of equal scores the earlier row is kept.
 */
export class TopK {
  readonly #capacity: number;
  readonly #scores: Float64Array;
  readonly #rows: Uint32Array;
  #length = 0;

  /** Only a score above this one can enter; NaN never does. */
  threshold = -Infinity;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#scores = new Float64Array(capacity);
    this.#rows = new Uint32Array(capacity);
    if (capacity === 0) this.threshold = Infinity;
  }

  /** Takes a row whose score is above {@link threshold}. */
  push(score: number, row: number): void {
    if (this.#length < this.#capacity) {
      this.#siftUp(this.#length++, score, row);
    } else {
      this.#siftDown(score, row);
    }
    if (this.#length === this.#capacity) this.threshold = this.#scores[0] as number;
  }

  /** The kept rows, in no particular order. */
  rows(): Uint32Array {
    return this.#rows.slice(0, this.#length);
  }

  #siftUp(from: number, score: number, row: number): void {
    let slot = from;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (!this.#isWorse(score, row, parent)) break;
      this.#move(parent, slot);
      slot = parent;
    }
    this.#scores[slot] = score;
    this.#rows[slot] = row;
  }

  /** Replaces the root. */
  #siftDown(score: number, row: number): void {
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= this.#length) break;
      const sibling = child + 1;
      if (
        sibling < this.#length &&
        this.#isWorse(this.#scores[sibling] as number, this.#rows[sibling] as number, child)
      ) {
        child = sibling;
      }
      if (this.#isWorse(score, row, child)) break;
      this.#move(child, slot);
      slot = child;
    }
    this.#scores[slot] = score;
    this.#rows[slot] = row;
  }

  #isWorse(score: number, row: number, slot: number): boolean {
    const other = this.#scores[slot] as number;
    return score < other || (score === other && row > (this.#rows[slot] as number));
  }

  #move(from: number, to: number): void {
    this.#scores[to] = this.#scores[from] as number;
    this.#rows[to] = this.#rows[from] as number;
  }
}
