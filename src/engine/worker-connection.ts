/** One worker as long as it is sound: sends calls, watches for silence, ends it at the first failure. */
import { AppError, type ErrorCode } from '../errors';
import type { CallArguments, CallRequest, CallResult, CallType, EngineMessage } from './protocol';

/** After these nothing in the worker may be called again: a second call can hang for good. */
export const brokenWorkerCodes: ReadonlySet<ErrorCode> = new Set([
  'session-failed',
  'run-failed',
  'device-lost',
  'engine-timeout',
  'engine-stopped',
]);

export interface ConnectionOptions {
  /** Milliseconds without a word from the worker, while it owes an answer, until it counts as hung. */
  readonly silenceLimit: number;
  readonly onProgress: (progress: Extract<EngineMessage, { type: 'progress' }>['progress']) => void;
  /** The worker was ended because of this error; not called after {@link WorkerConnection.end}. */
  readonly onLost: (error: AppError) => void;
}

/** A start compiles shaders and whole graphs, in silence: on a slow machine longer than any run. */
const startPatience = 2;

interface PendingCall {
  readonly id: number;
  /** Milliseconds of silence that this call may keep. */
  readonly silenceLimit: number;
  resolve(result: CallResult): void;
  reject(error: AppError): void;
}

export class WorkerConnection {
  /** The one call that the worker has. */
  #pending: PendingCall | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;
  #endedBy: AppError | undefined;

  constructor(
    private readonly worker: Worker,
    private readonly options: ConnectionOptions,
  ) {
    worker.addEventListener('message', ({ data }: MessageEvent<EngineMessage>) =>
      this.#receive(data),
    );
    worker.addEventListener('error', (event) => {
      const detail = event.message || 'its script could not be loaded';
      this.#lose(new AppError('engine-stopped', `The engine stopped: ${detail}.`, { detail }));
    });
  }

  /** One call at a time: the next one only after this one's answer. */
  send<T extends CallType>(type: T, request: CallArguments<T>): Promise<CallResult<T>> {
    return new Promise((resolve, reject) => {
      if (this.#endedBy) throw this.#endedBy;
      const id = ++this.#lastId;
      // The worker answers a request with its own type's result.
      const silenceLimit = this.options.silenceLimit * (type === 'start' ? startPatience : 1);
      this.#pending = { id, silenceLimit, resolve: resolve as PendingCall['resolve'], reject };
      this.#watch();
      this.worker.postMessage({ ...request, type, id } as CallRequest);
    });
  }

  /** Ends the worker, which gives its memory back; a call under way rejects with `error`. */
  end(error: AppError): void {
    if (this.#endedBy) return;
    this.#endedBy = error;
    clearTimeout(this.#watchdog);
    this.worker.terminate();
    this.#pending?.reject(error);
    this.#pending = undefined;
  }

  #receive(message: EngineMessage): void {
    if (this.#endedBy) return;
    switch (message.type) {
      case 'progress':
        this.#watch();
        this.options.onProgress(message.progress);
        return;
      case 'result':
        this.#settle(message.id)?.resolve(message.result);
        return;
      case 'error': {
        const error = AppError.fromWire(message.error);
        if (brokenWorkerCodes.has(error.code)) this.#lose(error);
        else this.#settle(message.id)?.reject(error);
        return;
      }
      case 'device-lost':
        this.#lose(AppError.fromWire(message.error));
    }
  }

  #settle(id: number): PendingCall | undefined {
    const pending = this.#pending;
    if (pending?.id !== id) return undefined;
    clearTimeout(this.#watchdog);
    this.#pending = undefined;
    return pending;
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    if (!this.#pending) return;
    const { silenceLimit } = this.#pending;
    this.#watchdog = setTimeout(() => {
      const seconds = Math.round(silenceLimit / 1000);
      this.#lose(
        new AppError('engine-timeout', `The engine has not answered for ${seconds} s.`, {
          seconds,
        }),
      );
    }, silenceLimit);
  }

  #lose(error: AppError): void {
    if (this.#endedBy) return;
    this.end(error);
    this.options.onLost(error);
  }
}
