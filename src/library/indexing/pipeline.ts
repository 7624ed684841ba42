/** Stages of the indexing pipeline: streams with bounded look-ahead, and writes behind them. */

/**
 * Maps a stream in its order, with up to `ahead` items in work while the consumer is busy with
 * earlier ones.
 */
export async function* mapAhead<Input, Output>(
  source: AsyncIterable<Input>,
  ahead: number,
  map: (input: Input) => Promise<Output>,
): AsyncGenerator<Output> {
  const iterator = source[Symbol.asyncIterator]();
  const inWork: Promise<Output>[] = [];
  let ended = false;
  try {
    for (;;) {
      while (!ended && inWork.length < ahead) {
        const next = await iterator.next();
        if (next.done) {
          ended = true;
          break;
        }
        const output = map(next.value);
        // Whoever takes it from the queue sees the error; until then nobody listens.
        output.catch(() => {});
        inWork.push(output);
      }
      const first = inWork.shift();
      if (!first) return;
      yield await first;
    }
  } finally {
    await iterator.return?.();
    // What is in work ends before the stream does, so that nothing is written afterwards.
    await Promise.allSettled(inWork);
  }
}

/** Groups what is not null into arrays of `size`; the last one may be shorter. */
export async function* inBatches<Item>(
  source: AsyncIterable<Item | null>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  for await (const item of source) {
    if (item === null) continue;
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Writes behind the back of whoever makes the items: those that come while a write is under way are
 * written together afterwards, so that slow writes become fewer ones.
 */
export class WriteBehind<Item> {
  private waiting: Item[] = [];
  private writing: Promise<void> | null = null;
  private failure: { readonly thrown: unknown } | null = null;

  constructor(
    private readonly write: (items: readonly Item[]) => Promise<void>,
    /** Items that may wait before their maker has to. */
    private readonly most: number,
  ) {}

  /** Throws what an earlier write threw. */
  async add(items: readonly Item[]): Promise<void> {
    if (this.failure) throw this.failure.thrown;
    this.waiting.push(...items);
    this.writing ??= this.drain();
    // Whoever adds or ends next sees the error; until then nobody listens.
    this.writing.catch(() => {});
    if (this.waiting.length >= this.most) await this.writing;
  }

  /** Resolves once everything is written. */
  async end(): Promise<void> {
    await this.writing;
  }

  private async drain(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const items = this.waiting;
        this.waiting = [];
        await this.write(items);
      }
      this.writing = null;
    } catch (thrown) {
      this.failure = { thrown };
      throw thrown;
    }
  }
}
