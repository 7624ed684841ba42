/** The composition root: the one place that makes the services and hands them to each other. */
import { BackgroundCaptioning } from '../captions/background-captioning';
import { Captioning } from '../captions/captioning';
import type { CaptionJob, Captions } from '../captions/captions';
import { createEngine } from '../engine/client';
import type { Engine, EngineOptions, EngineState } from '../engine/engine';
import { createImageEncoder } from '../engine/image-encoder';
import { ZeroShotLabels } from '../labels/zero-shot-labels';
import { createLibrary } from '../library/create-library';
import type { Library } from '../library/library';
import { CurrentIndex } from '../search/current-index';
import { Matching } from '../search/matching';
import { PhotoSources } from '../search/photo-source';
import type { Search } from '../search/search';
import { TwoStageSearch } from '../search/two-stage-search';

export interface Services {
  readonly engine: Engine;
  readonly library: Library;
  readonly search: Search;
  readonly matching: Matching;
  readonly labels: ZeroShotLabels;
  readonly captions: Captions;
  readonly captionJob: CaptionJob;
}

/**
 * Opens the library and starts the engine; whenever the engine is ready, the library indexes with it.
 * Throws `storage-unavailable`.
 */
export async function startServices(options: EngineOptions): Promise<Services> {
  const library = await createLibrary();
  const engine = createEngine(options);
  const index = new CurrentIndex(engine, library);
  const search = new TwoStageSearch(engine, library, index);
  const connect = (state: EngineState) =>
    library.setEncoder(state.status === 'ready' ? createImageEncoder(engine, state) : null);
  engine.subscribe(connect);
  connect(engine.getState());
  const photos = new PhotoSources(engine, library);
  const matching = new Matching(engine, photos);
  const labels = new ZeroShotLabels(engine, index, photos);
  const captions = new Captioning(engine, photos, matching);
  const captionJob = await BackgroundCaptioning.open({ engine, library, captioning: captions });
  return { engine, library, search, matching, labels, captions, captionJob };
}
