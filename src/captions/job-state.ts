/** How far the captioning of many photos is: pure functions. */
import type { AppError } from '../errors';
import type { StoredCaption } from '../library/captions';
import type { PhotoId } from '../library/library';
import type { CaptionLanguage, ModelKey } from '../model/encoding';
import type { CaptionJobState } from './captions';
import type { JobProgress, JobTask } from './job-store';

/**
 * Whether a task leaves a caption as it is: a person wrote it, or this model did. Until a model is
 * known, what any wrote counts.
 */
export function isSettled(caption: StoredCaption | undefined, modelKey: ModelKey | null): boolean {
  if (!caption) return false;
  const { source } = caption;
  return source.kind === 'hand' || modelKey === null || source.modelKey === modelKey;
}

export function idleState(language: CaptionLanguage): CaptionJobState {
  return { status: 'idle', language, done: 0, total: 0, failed: 0, secondsLeft: null };
}

interface Circumstances {
  readonly isDone: (id: PhotoId) => boolean;
  readonly perSecond: number | null;
  /** Why the task stopped, if it did. */
  readonly error: AppError | undefined;
}

/** Of a task that is not at its end. */
export function taskState(
  { language, photos }: JobTask,
  progress: JobProgress,
  { isDone, perSecond, error }: Circumstances,
): CaptionJobState {
  const { paused } = progress;
  const done = photos.filter(isDone).length;
  // One that failed may have been removed, or described by hand, meanwhile.
  const failed = progress.failed.filter((id) => !isDone(id)).length;
  const total = photos.length;
  const rate = paused || error ? null : perSecond;
  return {
    status: error ? 'failed' : paused ? 'paused' : 'running',
    language,
    done,
    total,
    failed,
    secondsLeft: rate ? (total - done - failed) / rate : null,
    ...(error ? { error } : {}),
  };
}
