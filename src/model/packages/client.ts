/** The page's side of adding a package: a worker for each, ended when it is done or not wanted. */
import { AppError } from '../../errors';
import type { ModelKey } from '../encoding';
import type { AddMessage, AddRequest, ArrivingPackage } from './protocol';
import type { LoadProgress } from './receive';

export interface AddInWorkerOptions {
  readonly signal?: AbortSignal;
  /** Called when the manifest has been read. */
  readonly onPackage?: (arriving: ArrivingPackage) => void;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** As `addPackage`, which it runs in a worker: copying and hashing a gigabyte takes a while. */
export function addPackageInWorker(
  request: AddRequest,
  { signal, onPackage, onProgress }: AddInWorkerOptions = {},
): Promise<ModelKey> {
  const worker = new Worker(new URL('./add-model-worker.ts', import.meta.url), {
    type: 'module',
    name: 'add-model',
  });
  return new Promise<ModelKey>((resolve, reject) => {
    // What is written is written part by part, so the worker may be ended at any time.
    const stop = () => reject(new AppError('cancelled', 'The operation was cancelled.'));
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    worker.addEventListener('message', ({ data }: MessageEvent<AddMessage>) => {
      if (data.type === 'package') onPackage?.(data.package);
      else if (data.type === 'progress') onProgress?.(data.progress);
      else if (data.type === 'added') resolve(data.key);
      else reject(AppError.fromWire(data.error));
    });
    worker.addEventListener('error', (event) => {
      const detail = event.message || 'its script could not be loaded';
      reject(new AppError('internal', `The worker stopped: ${detail}.`, { detail }));
    });
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
