import type { Engine } from '../engine/engine';
import { AppError, type ErrorCode } from '../errors';
import type { Library, PhotoId } from '../library/library';
import type { CaptionLanguage, ModelKey } from '../model/encoding';
import { untilAborted } from '../search/until-aborted';
import { Throughput } from '../throughput';
import type { Captioning } from './captioning';
import type { CaptionJob, CaptionJobState } from './captions';
import { idleState, isSettled, taskState } from './job-state';
import { isSameTask, type JobProgress, JobStore, type JobTask } from './job-store';

export interface BackgroundCaptioningParts {
  readonly engine: Pick<Engine, 'ready' | 'getState' | 'subscribe'>;
  readonly library: Pick<Library, 'photo' | 'captions' | 'setCaption' | 'subscribe'>;
  readonly captioning: Pick<Captioning, 'run'>;
  /** Name of the database, and of what tabs share. */
  readonly name?: string;
  /** Before the first further try; doubles with each. */
  readonly retryDelayMs?: number;
}

/** One photo's trouble, which must not keep others from being captioned. */
const photoTrouble: ReadonlySet<ErrorCode> = new Set([
  'source-gone',
  'file-unreadable',
  'file-not-a-photo',
  'photo-broken',
  'photo-unsupported',
  'photo-too-large',
  'caption-empty',
]);
/** The engine starts anew by itself after these. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'device-lost',
  'engine-timeout',
  'engine-stopped',
  'run-failed',
  'session-failed',
]);
/** So often a photo is tried again after such an error; then all waits for the engine's next start. */
const furtherTries = 3;

const fresh: JobProgress = { paused: false, failed: [] };

/**
 * Captions photos one after the other, behind everything that a person waits for. The task survives
 * a reload; what is left of it is what has no caption yet. One tab writes at a time.
 */
export class BackgroundCaptioning implements CaptionJob {
  readonly #parts: BackgroundCaptioningParts;
  readonly #listeners = new Set<(state: CaptionJobState) => void>();
  readonly #channel: BroadcastChannel;
  readonly #throughput = new Throughput();
  readonly #unsubscribe: readonly (() => void)[];
  #task: JobTask | null = null;
  #progress = fresh;
  #error: AppError | undefined;
  /** Of the last task that came to its end. */
  #finished: CaptionJobState = idleState('zh');
  #state: CaptionJobState | null = null;
  #running = new AbortController();
  #modelKey: ModelKey | null = null;
  /** What the task has captioned: a change of the model amid it does not begin it anew. */
  #written = new Set<PhotoId>();

  private constructor(
    parts: BackgroundCaptioningParts,
    private readonly store: JobStore,
    private readonly name: string,
  ) {
    this.#parts = parts;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = () => void this.#load();
    this.#unsubscribe = [
      parts.library.subscribe(({ type }) => {
        if (this.#task && (type === 'captions-changed' || type === 'photos-removed')) this.#tell();
      }),
      parts.engine.subscribe(() => this.#followEngine()),
    ];
    this.#followEngine();
  }

  /** Goes on with what an earlier visit left; where that cannot be read, the job begins as failed. */
  static async open(parts: BackgroundCaptioningParts): Promise<BackgroundCaptioning> {
    const { name = 'r2d2-captions' } = parts;
    const job = new BackgroundCaptioning(parts, new JobStore(name), name);
    await job.#load();
    return job;
  }

  state(): CaptionJobState {
    this.#state ??= this.#makeState();
    return this.#state;
  }

  subscribe(listener: (state: CaptionJobState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(photos: readonly PhotoId[], language: CaptionLanguage): Promise<void> {
    await this.#replace({ language, photos: [...new Set(photos)] });
  }

  pause(): void {
    if (this.#task) this.#note({ ...this.#progress, paused: true });
  }

  resume(): void {
    if (this.#task) this.#note({ ...this.#progress, paused: false });
    else if (this.#error) void this.#load();
  }

  async cancel(): Promise<void> {
    await this.#replace(null);
  }

  close(): void {
    this.#running.abort();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#listeners.clear();
    this.#channel.close();
    this.store.close();
  }

  /** Never rejects. */
  async #load(): Promise<void> {
    try {
      const stored = await this.store.read();
      this.#take(stored?.task ?? null, stored?.progress ?? fresh);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  async #replace(task: JobTask | null): Promise<void> {
    // At once: the task before must not come to its end, and be struck out, after the new one is noted.
    this.#running.abort();
    this.#written = new Set();
    try {
      await (task ? this.store.begin(task, fresh) : this.store.clear());
    } catch (error) {
      this.#take(this.#task, this.#progress);
      throw error;
    }
    this.#channel.postMessage('changed');
    this.#take(task, fresh);
  }

  /** What is written of the task from here on counts; what was under way for it ends. */
  #take(task: JobTask | null, progress: JobProgress): void {
    this.#running.abort();
    this.#finished = idleState(task?.language ?? this.state().language);
    // Another tab may have begun another one.
    if (!isSameTask(task, this.#task)) this.#written = new Set();
    this.#task = task;
    this.#progress = progress;
    this.#error = undefined;
    this.#tell();
    if (task && !progress.paused) this.#begin(task);
  }

  #note(progress: JobProgress): void {
    this.#take(this.#task, progress);
    this.store.note(progress).then(
      () => this.#channel.postMessage('changed'),
      (thrown) => this.#fail(thrown),
    );
  }

  #begin(task: JobTask): void {
    const running = new AbortController();
    this.#running = running;
    this.#throughput.restart();
    this.#alone(running.signal, () => this.#work(task, running.signal)).catch((thrown) => {
      if (!running.signal.aborted) this.#fail(thrown);
    });
  }

  async #work(task: JobTask, signal: AbortSignal): Promise<void> {
    const { engine, retryDelayMs = 500 } = this.#parts;
    const written = this.#written;
    for (const id of task.photos) {
      let tries = 0;
      while (true) {
        if (signal.aborted) return;
        // Not waited for without need: most photos of a task that goes on are done.
        const state = engine.getState();
        const { modelKey } =
          state.status === 'ready' ? state : await untilAborted(engine.ready(), signal);
        if (this.#isDone(id, task.language, modelKey) || this.#progress.failed.includes(id)) break;
        try {
          await this.#caption(id, task.language, modelKey, written, signal);
          this.#throughput.add(1);
          break;
        } catch (thrown) {
          if (signal.aborted) return;
          const error = AppError.from(thrown);
          if (photoTrouble.has(error.code)) {
            this.#progress = { ...this.#progress, failed: [...this.#progress.failed, id] };
            await this.store.note(this.#progress);
            this.#channel.postMessage('changed');
            this.#tell();
          } else if (!passing.has(error.code) || tries === furtherTries) {
            throw error;
          } else {
            await untilAborted(pause(retryDelayMs * 2 ** tries++), signal);
          }
        }
      }
    }
    if (signal.aborted) return;
    await this.store.clear();
    if (signal.aborted) return;
    this.#finished = { ...this.#makeState(), status: 'idle', secondsLeft: null };
    this.#task = null;
    this.#tell();
    this.#channel.postMessage('changed');
  }

  async #caption(
    id: PhotoId,
    language: CaptionLanguage,
    modelKey: ModelKey,
    written: Set<PhotoId>,
    signal: AbortSignal,
  ): Promise<void> {
    const { captioning, library } = this.#parts;
    const source = { kind: 'library', id } as const;
    for await (const update of captioning.run(source, language, signal, {
      priority: 'background',
    })) {
      const [best] = update.candidates;
      if (update.stage !== 'done' || !best) continue;
      await library.setCaption(id, language, {
        text: best.text,
        source: { kind: 'model', modelKey, match: best.calibratedMatch },
      });
      written.add(id);
    }
  }

  /** Nothing is left to do for a photo that is gone. */
  #isDone(id: PhotoId, language: CaptionLanguage, modelKey: ModelKey | null): boolean {
    if (this.#written.has(id)) return true;
    const { library } = this.#parts;
    const caption = library.captions().get(id)?.[language];
    return isSettled(caption, modelKey) || (!caption && library.photo(id) === undefined);
  }

  #followEngine(): void {
    const state = this.#parts.engine.getState();
    if (state.status !== 'ready') return;
    this.#modelKey = state.modelKey;
    // What stopped for the engine's sake goes on with the engine.
    if (this.#task && this.#error) this.#take(this.#task, this.#progress);
    else if (this.#task) this.#tell();
  }

  #fail(thrown: unknown): void {
    this.#running.abort();
    this.#error = AppError.from(thrown);
    this.#tell();
  }

  #tell(): void {
    this.#state = null;
    for (const listener of this.#listeners) listener(this.state());
  }

  #makeState(): CaptionJobState {
    const task = this.#task;
    const error = this.#error;
    if (!task) {
      // What is left of an earlier visit could not be read.
      return error ? { ...this.#finished, status: 'failed', error } : this.#finished;
    }
    return taskState(task, this.#progress, {
      isDone: (id) => this.#isDone(id, task.language, this.#modelKey),
      perSecond: this.#throughput.perSecond(),
      error,
    });
  }

  /** Where there are no Web Locks there is nobody to wait for. */
  async #alone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (!navigator.locks) return await work();
    await navigator.locks.request(this.name, { signal }, work);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
