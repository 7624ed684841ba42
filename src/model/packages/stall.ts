/** Milliseconds without a byte until a download counts as broken. */
const stallLimit = 30_000;

/** Aborts a request that gives nothing for too long. */
export class Stall {
  readonly signal: AbortSignal;
  readonly #stalled = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly limit = stallLimit,
    signal?: AbortSignal,
  ) {
    const signals = [this.#stalled.signal, ...(signal ? [signal] : [])];
    this.signal = AbortSignal.any(signals);
    this.restart();
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stalled.abort(), this.limit);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  watched(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
    return new TransformStream({
      transform: (chunk, controller) => {
        this.restart();
        controller.enqueue(chunk);
      },
      flush: () => this.end(),
    });
  }
}
