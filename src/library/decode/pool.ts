/** A few workers that decode photos, each one at a time. */
import { AppError, throwIfAborted } from '../../errors';
import type { ModelPixels } from '../../model/encoding';
import type {
  DecodeRequest,
  DecodeResponse,
  DecodeResult,
  DecodeTask,
  DecodeTasks,
  PhotoIdentity,
  PreparedPhoto,
} from './protocol';

export interface DecodeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Interactive by default, which overtakes what is decoded in the background: somebody waits. */
  readonly priority?: 'interactive' | 'background';
}

/** Turns files into what the library keeps; the worker pool is one, tests bring others. */
export interface PhotoDecoder {
  /** Throws the file's {@link AppError} where it is no photo that can be decoded. */
  identify(file: Blob, options?: DecodeOptions): Promise<PhotoIdentity>;
  /** @param modelSize side of the model's square, null where none is needed. */
  prepare(
    file: Blob,
    identity: PhotoIdentity,
    modelSize: number | null,
    options?: DecodeOptions,
  ): Promise<PreparedPhoto>;
  preparePixels(
    photo: { readonly blob: Blob; readonly megapixels: number },
    modelSize: number,
    options?: DecodeOptions,
  ): Promise<ModelPixels>;
  close(): void;
}

export interface DecodePoolOptions {
  readonly createWorker?: () => Worker;
  /** Photos decoded at the same time. */
  readonly size?: number;
  readonly timeoutMs?: number;
}

interface Job {
  readonly request: DecodeRequest;
  readonly megapixels: number;
  readonly options: DecodeOptions;
  /** It took too long before. */
  timedOut: boolean;
  readonly resolve: (result: DecodeResult) => void;
  readonly reject: (error: AppError) => void;
}

/** Decoded at the same time by all workers, at 4 bytes a pixel; a larger photo goes alone. */
const megapixelsAtOnce = 64;
const defaultTimeoutMs = 60_000;

function defaultSize(): number {
  return Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1));
}

function createDecodeWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'decode' });
}

export class DecodePool implements PhotoDecoder {
  private readonly createWorker: () => Worker;
  private readonly size: number;
  private readonly timeoutMs: number;
  private readonly idle: DecodeWorker[] = [];
  private readonly busy = new Map<DecodeWorker, Job>();
  private waiting: Job[] = [];

  constructor(options: DecodePoolOptions = {}) {
    this.createWorker = options.createWorker ?? createDecodeWorker;
    this.size = options.size ?? defaultSize();
    this.timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  }

  identify(file: Blob, options?: DecodeOptions): Promise<PhotoIdentity> {
    return this.run({ task: 'identify', args: [file] }, 0, options);
  }

  prepare(
    file: Blob,
    identity: PhotoIdentity,
    modelSize: number | null,
    options?: DecodeOptions,
  ): Promise<PreparedPhoto> {
    const args: DecodeTasks['prepare']['args'] = [file, identity.type, modelSize];
    return this.run({ task: 'prepare', args }, identity.megapixels, options);
  }

  preparePixels(
    photo: { readonly blob: Blob; readonly megapixels: number },
    modelSize: number,
    options?: DecodeOptions,
  ): Promise<ModelPixels> {
    const args: DecodeTasks['preparePixels']['args'] = [photo.blob, modelSize];
    return this.run({ task: 'preparePixels', args }, photo.megapixels, options);
  }

  close(): void {
    const stopped = new AppError('cancelled', 'The decoder was closed.');
    for (const worker of [...this.idle, ...this.busy.keys()]) worker.end();
    for (const job of [...this.waiting, ...this.busy.values()]) job.reject(stopped);
    this.idle.length = 0;
    this.busy.clear();
    this.waiting = [];
  }

  private run<Task extends DecodeTask>(
    request: DecodeRequest & { task: Task },
    megapixels: number,
    options: DecodeOptions = {},
  ): Promise<DecodeTasks[Task]['result']> {
    const { signal } = options;
    throwIfAborted(signal);
    let abort = () => {};
    const answer = new Promise<DecodeResult>((resolve, reject) => {
      const job: Job = { request, megapixels, options, timedOut: false, resolve, reject };
      // A task that runs is left to end: ending its worker would cost more than its result.
      abort = () => {
        this.waiting = this.waiting.filter((other) => other !== job);
        reject(new AppError('cancelled', 'The operation was cancelled.'));
      };
      this.enqueue(job);
      this.startNext();
    });
    signal?.addEventListener('abort', abort);
    return answer.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Jobs of the same priority are begun in the order in which they came. */
  private enqueue(job: Job): void {
    const isBackground = ({ options }: Job) => options.priority === 'background';
    const place = isBackground(job) ? -1 : this.waiting.findIndex(isBackground);
    this.waiting.splice(place < 0 ? this.waiting.length : place, 0, job);
  }

  private startNext(): void {
    while (this.busy.size < this.size) {
      const job = this.waiting[0];
      if (!job || !this.fits(job)) return;
      this.waiting.shift();
      const worker = this.idle.pop() ?? new DecodeWorker(this.createWorker());
      this.busy.set(worker, job);
      void this.finish(worker, job);
    }
  }

  private fits(job: Job): boolean {
    let megapixels = job.megapixels;
    for (const other of this.busy.values()) megapixels += other.megapixels;
    return this.busy.size === 0 || megapixels <= megapixelsAtOnce;
  }

  private async finish(worker: DecodeWorker, job: Job): Promise<void> {
    const outcome = await worker.run(job.request, this.timeoutMs);
    this.busy.delete(worker);
    if (outcome.usable) this.idle.push(worker);
    else worker.end();
    if (outcome.kind === 'result') job.resolve(outcome.result);
    else if (outcome.kind === 'error') job.reject(outcome.error);
    else this.tryAgain(job);
    this.startNext();
  }

  /** A page that was asleep or frozen finds the time up, though the photo is not to blame. */
  private tryAgain(job: Job): void {
    if (job.options.signal?.aborted) return;
    if (job.timedOut) {
      const seconds = Math.round(this.timeoutMs / 1000);
      const message = `The photo could not be decoded within ${seconds} seconds.`;
      job.reject(new AppError('photo-broken', message));
      return;
    }
    job.timedOut = true;
    this.enqueue(job);
  }
}

type Outcome =
  | { readonly kind: 'result'; readonly result: DecodeResult; readonly usable: true }
  | { readonly kind: 'timeout'; readonly usable: false }
  | { readonly kind: 'error'; readonly error: AppError; readonly usable: boolean };

class DecodeWorker {
  private loaded = false;

  constructor(private readonly worker: Worker) {}

  /** Never rejects; a worker that is no longer `usable` afterwards must be ended. */
  run(request: DecodeRequest, timeoutMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(timer);
        this.worker.onmessage = null;
        this.worker.onerror = null;
        resolve(outcome);
      };
      const timer = setTimeout(() => settle({ kind: 'timeout', usable: false }), timeoutMs);
      this.worker.onmessage = ({ data }: MessageEvent<DecodeResponse>) => {
        if (data.kind === 'ready') this.loaded = true;
        else if (data.kind === 'result') {
          settle({ kind: 'result', result: data.result, usable: true });
        } else settle({ kind: 'error', error: AppError.fromWire(data.error), usable: true });
      };
      this.worker.onerror = (event) => {
        // Before its code has loaded the worker failed, after that the photo broke it.
        const error = this.loaded
          ? new AppError('photo-broken', 'The photo broke the decoder.')
          : new AppError('internal', 'The decode worker could not be started.');
        error.cause = event.message;
        settle({ kind: 'error', error, usable: false });
      };
      this.worker.postMessage(request);
    });
  }

  end(): void {
    this.worker.terminate();
  }
}
