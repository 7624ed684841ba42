/** The page of `npm run bench:encode`: hands the task to a worker, where the app's engine runs too. */
import type { EncodeBenchTask, EncodeTimes } from './worker';

declare global {
  interface Window {
    benchEncode(task: EncodeBenchTask): Promise<EncodeTimes>;
  }
}

window.benchEncode = (task) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<EncodeTimes>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(task);
  });
