/** Encoding that outlives an engine's passing troubles. */
import { AppError, type ErrorCode, throwIfAborted } from '../../errors';
import type { ImageEncoder, ImageEncoding, ModelPixels } from '../../model/encoding';

/** How often each failure of the engine is answered with another try: it may have recovered. */
const retries: Readonly<Partial<Record<ErrorCode, number>>> = {
  'device-lost': 4,
  'engine-timeout': 4,
  'run-failed': 1,
};

/**
 * Throws the last error once the tries are used up, `cancelled` when aborted.
 *
 * @param delayMs before the second try; doubles with each.
 */
export async function encodeWithRetries(
  encoder: ImageEncoder,
  photos: readonly ModelPixels[],
  signal: AbortSignal,
  delayMs: number,
): Promise<readonly ImageEncoding[]> {
  const left = { ...retries };
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    try {
      return await encoder.encodeImages(photos, signal);
    } catch (thrown) {
      const error = AppError.from(thrown, 'run-failed');
      const tries = left[error.code] ?? 0;
      if (tries === 0) throw error;
      left[error.code] = tries - 1;
      await delay(delayMs * 2 ** attempt, signal);
    }
  }
}

/** Ends early, without a word, when aborted. */
function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
