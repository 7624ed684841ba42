/** The page's side of the engine: keeps one worker running, whatever happens to it. */
import { AppError, type ErrorCode } from '../errors';
import type {
  CaptionLanguage,
  CaptionStep,
  ImageEncoding,
  ModelPixels,
  Ranking,
  TextEncoding,
} from '../model/encoding';
import { absoluteAddress } from '../model/packages/address';
import { type BatchSizes, batchSizes, requireFastWebGpu } from './backend';
import {
  type Backend,
  type CallOptions,
  type CaptionOptions,
  type Engine,
  type EngineOptions,
  type EngineState,
  hasPart,
  type ReadyState,
} from './engine';
import { OptionalParts } from './optional-parts';
import type { CallArguments, CallResult, CallType } from './protocol';
import { CallQueue } from './queue';
import { joinRankings } from './rankings';
import { brokenWorkerCodes, type ConnectionOptions, WorkerConnection } from './worker-connection';

/** Failed starts that the other back end need not share. */
const backendTrouble: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...brokenWorkerCodes,
  'backend-unavailable',
  'graph-missing',
]);
/** So many workers lost in so many milliseconds through no optional part, and their back end is given up. */
const lossLimit = 3;
const lossPeriod = 5 * 60_000;

export interface EngineEnvironment extends Pick<ConnectionOptions, 'silenceLimit'> {
  readonly createWorker: () => Worker;
}

const defaultEnvironment: EngineEnvironment = {
  createWorker: () =>
    new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  silenceLimit: 60_000,
};

/** Starts loading the model at once. */
export function createEngine(
  options: EngineOptions,
  environment: Partial<EngineEnvironment> = {},
): Engine {
  return new EngineClient(options, { ...defaultEnvironment, ...environment });
}

class EngineClient implements Engine {
  readonly #queue = new CallQueue();
  readonly #listeners = new Set<(state: EngineState) => void>();
  #state: EngineState = { status: 'loading', progress: null };
  #backend: Backend = 'wasm';
  /** Set once WebGPU was preferred and could not be had, or was lost too often. */
  #fallbackReason: AppError | undefined;
  #connection: WorkerConnection | undefined;
  #lossTimes: number[] = [];
  #parts = new OptionalParts();
  #lastCaption = 0;
  /** Another model was asked for and is not ready yet. */
  #changesModel = false;

  constructor(
    private options: EngineOptions,
    private readonly environment: EngineEnvironment,
  ) {
    void this.#start();
  }

  getState(): EngineState {
    return this.#state;
  }

  subscribe(listener: (state: EngineState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ready(): ReturnType<Engine['ready']> {
    return new Promise((resolve, reject) => {
      const settle = (state: EngineState) => {
        if (state.status === 'loading') return;
        unsubscribe();
        if (state.status === 'ready') resolve(state);
        else reject(state.error);
      };
      const unsubscribe = this.subscribe(settle);
      settle(this.#state);
    });
  }

  async encodeImages(
    photos: readonly ModelPixels[],
    options?: CallOptions,
  ): Promise<readonly ImageEncoding[]> {
    const encodings: ImageEncoding[] = [];
    for (const batch of this.#batches(photos, 'images')) {
      encodings.push(...(await this.#call('encode-images', { photos: batch }, options)));
    }
    return encodings;
  }

  encodeText(text: string, options?: CallOptions): Promise<TextEncoding> {
    return this.#call('encode-text', { text }, options);
  }

  async rank(
    text: TextEncoding,
    imageTokens: readonly Float32Array[],
    options?: CallOptions,
  ): Promise<Ranking> {
    const rankings: Ranking[] = [];
    for (const batch of this.#batches(imageTokens, 'ranking')) {
      rankings.push(await this.#call('rank', { text, imageTokens: batch }, options));
    }
    return joinRankings(rankings);
  }

  async prepareCaptioner(options?: CallOptions): Promise<void> {
    await this.#call('prepare-captioner', {}, options);
  }

  async *caption(
    imageTokens: Float32Array,
    language: CaptionLanguage,
    { seed = null, ...options }: CaptionOptions = {},
  ): AsyncGenerator<CaptionStep, void> {
    const caption = ++this.#lastCaption;
    let writer: WorkerConnection | undefined;
    const begin = () => {
      writer = this.#connection;
      return this.#send('begin-caption', { caption, imageTokens, language, seed });
    };
    // What is written so far lies in the worker that wrote it.
    const proceed = () => {
      if (writer === this.#connection) return this.#send('continue-caption', { caption });
      throw new AppError('engine-stopped', 'The engine started anew amid a caption.');
    };
    let finished = false;
    try {
      for (let call = begin; !finished; call = proceed) {
        this.#requireModel();
        const step = await this.#queue.enqueue(async () => call(), options);
        finished = step.drafts !== null;
        yield step;
      }
    } finally {
      if (!finished && writer) this.#endCaption(writer, caption);
    }
  }

  restart(options: Partial<EngineOptions> = {}): void {
    this.close();
    const { modelUrl } = this.options;
    this.options = { ...this.options, ...options };
    this.#changesModel ||= this.options.modelUrl !== modelUrl;
    this.#fallbackReason = undefined;
    this.#forgetLosses();
    void this.#start();
  }

  close(): void {
    this.#fail(stopped());
  }

  /** What goes through a graph at once; more urgent calls come in between. */
  #batches<T>(items: readonly T[], kind: keyof BatchSizes): T[][] {
    const size = batchSizes[this.#backend][kind];
    return Array.from({ length: Math.ceil(items.length / size) }, (_, batch) =>
      items.slice(batch * size, (batch + 1) * size),
    );
  }

  /** @throws AppError where no call may wait for the model to be ready */
  #requireModel(): void {
    if (this.#state.status === 'failed') throw this.#state.error;
    if (this.#changesModel) throw stopped();
  }

  async #call<T extends CallType>(
    type: T,
    request: CallArguments<T>,
    options?: CallOptions,
  ): Promise<CallResult<T>> {
    this.#requireModel();
    return this.#queue.enqueue(() => this.#send(type, request), options);
  }

  async #send<T extends CallType>(type: T, request: CallArguments<T>): Promise<CallResult<T>> {
    if (!this.#connection) throw stopped();
    const parts = this.#parts;
    parts.begin(type);
    try {
      return await this.#connection.send(type, request);
    } finally {
      parts.end();
    }
  }

  /** Starts a worker and loads the model; turns to the CPU where WebGPU is preferred and fails. */
  async #start(): Promise<void> {
    this.#setState({ status: 'loading', progress: null });
    const loading = this.#state;
    const backend = await this.#chooseBackend();
    // Stopped or started anew meanwhile.
    if (this.#state !== loading) return;

    const connection = this.#connect();
    this.#connection = connection;
    this.#backend = backend;
    try {
      const modelUrl = absoluteAddress(this.options.modelUrl, globalThis.document?.baseURI);
      const { imagesOnly = false } = this.options;
      const started = await connection.send('start', { modelUrl, backend, imagesOnly });
      const { modelKey, manifest, storageError } = started;
      this.#changesModel = false;
      const leftOut = this.#parts.leftOut();
      const state: ReadyState = {
        status: 'ready',
        backend,
        modelKey,
        manifest,
        ...(leftOut ? { leftOut } : {}),
        ...(this.#fallbackReason ? { fallbackReason: this.#fallbackReason } : {}),
        ...(storageError ? { storageError: AppError.fromWire(storageError) } : {}),
      };
      this.#setState(state);
      if (!imagesOnly && hasPart(state, 'ranker')) this.#prepareRanker();
      this.#queue.resume();
    } catch (thrown) {
      if (this.#connection !== connection) return;
      const error = AppError.from(thrown);
      if (backendTrouble.has(error.code) && this.#mayFallBack()) this.#fallBack(error);
      else this.#fail(error);
    }
  }

  #connect(): WorkerConnection {
    const connection: WorkerConnection = new WorkerConnection(this.environment.createWorker(), {
      silenceLimit: this.environment.silenceLimit,
      onProgress: (progress) => this.#setState({ status: 'loading', progress }),
      onLost: (error) => {
        // A worker lost at its start is the start's failure.
        if (this.#connection === connection && this.#state.status === 'ready') this.#recover(error);
      },
    });
    return connection;
  }

  async #chooseBackend(): Promise<Backend> {
    if (this.options.backend !== 'auto') return this.options.backend;
    if (this.#fallbackReason) return 'wasm';
    try {
      await requireFastWebGpu();
      return 'webgpu';
    } catch (error) {
      this.#fallbackReason = AppError.from(error);
      return 'wasm';
    }
  }

  #mayFallBack(): boolean {
    return this.options.backend === 'auto' && this.#backend === 'webgpu';
  }

  #fallBack(reason: AppError): void {
    this.#connection?.end(reason);
    this.#fallbackReason = reason;
    this.#forgetLosses();
    void this.#start();
  }

  /**
   * A new worker after a lost one; calls that waited for the old one go to the new one. A ranker or
   * captioner that keeps failing is done without, where there is no other back end to try it on.
   */
  #recover(error: AppError): void {
    this.#queue.pause();
    const blamed = this.#parts.blame(error);
    const now = Date.now();
    this.#lossTimes = this.#lossTimes.filter((time) => now - time < lossPeriod);
    if (blamed === 'no part') this.#lossTimes.push(now);
    const tooMany = this.#lossTimes.length >= lossLimit;
    const givenUp = blamed === 'a part left out' || tooMany;
    if (givenUp && this.#mayFallBack()) this.#fallBack(error);
    else if (tooMany) this.#fail(error);
    else void this.#start();
  }

  #forgetLosses(): void {
    this.#lossTimes = [];
    this.#parts = new OptionalParts();
  }

  /** Ahead of the first search; should it fail, the worker is lost like any other. */
  #prepareRanker(): void {
    this.#call('prepare-ranker', {}, { priority: 'background' }).catch(() => undefined);
  }

  #endCaption(writer: WorkerConnection, caption: number): void {
    const end = async () => {
      if (writer === this.#connection) await this.#send('end-caption', { caption });
    };
    // Should it fail, the worker is lost like any other, and the caption with it.
    this.#queue.enqueue(end).catch(() => undefined);
  }

  #fail(error: AppError): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#queue.pause();
    this.#setState({ status: 'failed', error });
    this.#queue.clear(error);
    connection?.end(error);
  }

  #setState(state: EngineState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function stopped(): AppError {
  return new AppError('engine-stopped', 'The engine was stopped.');
}
