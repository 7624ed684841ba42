import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CaptionJob, CaptionJobState } from '../../captions/captions';

/** The captioning of many photos, for the screen. */
export function createCaptionJobStore(
  job: Pick<CaptionJob, 'state' | 'subscribe'>,
): StoreApi<CaptionJobState> {
  const store = createStore<CaptionJobState>(() => job.state());
  job.subscribe((state) => store.setState(state, true));
  return store;
}
