/** The composition root: the one place that makes the services and hands them to each other. */
import { BackgroundCaptioning } from '../captions/background-captioning';
import { Captioning } from '../captions/captioning';
import type { CaptionJob, Captions } from '../captions/captions';
import { createEngine } from '../engine/client';
import type { Engine, EngineOptions } from '../engine/engine';
import type { ErrorCode } from '../errors';
import { ZeroShotLabels } from '../labels/zero-shot-labels';
import { createLibrary } from '../library/create-library';
import type { Library } from '../library/library';
import { keptAddress } from '../model/packages/address';
import { CaptionTexts } from '../search/caption-texts';
import { CurrentIndex } from '../search/current-index';
import { Matching } from '../search/matching';
import { PhotoSources } from '../search/photo-source';
import type { Search } from '../search/search';
import { TwoStageSearch } from '../search/two-stage-search';
import type { ModelChoice } from './models/model-choice';
import { ModelSwitch } from './models/model-switch';
import { olderVersionInUse, siteVersions } from './models/newer-version';

export interface Services {
  readonly engine: Engine;
  readonly library: Library;
  readonly search: Search;
  readonly matching: Matching;
  readonly labels: ZeroShotLabels;
  readonly captions: Captions;
  readonly captionJob: CaptionJob;
  readonly models: ModelSwitch;
  /** Address of a model of which an older version is used until the library is indexed for it. */
  readonly newerModel: string | null;
  /** Address of the model that the app comes with. */
  readonly defaultModel: string;
}

export interface ServiceOptions extends EngineOptions {
  /** The model is wanted for this visit, whatever is indexed for it. */
  readonly atOnce: boolean;
  readonly defaultModel: string;
  readonly onModelChoice: (choice: ModelChoice) => void;
}

/** What became of a kept package that cannot be used any more. */
const lostPackage: ReadonlySet<ErrorCode> = new Set(['model-damaged', 'model-gone']);

/**
 * Opens the library and starts the engine; whenever the engine is ready, the library indexes with it
 * or, while another model is to take over, with that one.
 * Throws `storage-unavailable`, `app-outdated`.
 */
export async function startServices({
  atOnce,
  defaultModel,
  onModelChoice,
  ...options
}: ServiceOptions): Promise<Services> {
  // On its way while the library opens.
  const versions = atOnce ? null : siteVersions(options.modelUrl);
  const library = await createLibrary();
  const older = await olderVersionInUse(await versions, library);
  const modelUrl = older ? keptAddress(older) : options.modelUrl;
  const engine = createEngine({ ...options, modelUrl });
  const index = new CurrentIndex(engine, library);
  const search = new TwoStageSearch(engine, library, index, new CaptionTexts(library));
  const models = new ModelSwitch({
    engine,
    library,
    createEngine: (next) => createEngine({ ...options, ...next }),
    used: modelUrl,
    // An older version is used for the time being: what was chosen is the site's model.
    onChoice: (address, next) => {
      const used = address === modelUrl ? options.modelUrl : address;
      onModelChoice({ used: used === defaultModel ? null : used, next });
    },
  });
  if (older) {
    engine.subscribe((state) => {
      // Without its site, and another tab may drop it: what is missing can only come from the site.
      const isLost = state.status === 'failed' && lostPackage.has(state.error.code);
      if (isLost && models.used() === modelUrl) models.changeTo(options.modelUrl);
    });
  }
  const photos = new PhotoSources(engine, library);
  const matching = new Matching(engine, photos);
  const labels = new ZeroShotLabels(engine, index, photos);
  const captions = new Captioning(engine, photos, matching);
  const captionJob = await BackgroundCaptioning.open({ engine, library, captioning: captions });
  return {
    engine,
    library,
    search,
    matching,
    labels,
    captions,
    captionJob,
    models,
    newerModel: older ? options.modelUrl : null,
    defaultModel,
  };
}
