import { type CallOptions, type CaptionOptions, type Engine, hasPart } from '../engine/engine';
import { AppError, throwIfAborted } from '../errors';
import type { CaptionDraft, CaptionLanguage } from '../model/encoding';
import { dot } from '../search/dot';
import type { Matching } from '../search/matching';
import type { PhotoSource, PhotoSources } from '../search/photo-source';
import { untilAborted } from '../search/until-aborted';
import type { CaptionCandidate, Captions, CaptionUpdate, WritingOptions } from './captions';
import { bestFirst } from './order';

/** So often sentences are drawn until some are new. */
const draws = 3;

export type CaptioningEngine = Pick<Engine, 'ready' | 'prepareCaptioner' | 'caption'>;

/**
 * Captions as R2D2 ranks search results: the captioner drafts several sentences, both cross encoders
 * say how well each matches the photo, and the best by both is the caption.
 */
export class Captioning implements Captions {
  constructor(
    private readonly engine: CaptioningEngine,
    private readonly photos: Pick<PhotoSources, 'tokens' | 'embedding'>,
    private readonly matching: Pick<Matching, 'matchTokens'>,
  ) {}

  prepare(): void {
    // Should it fail, the first caption fails alike and says so.
    this.engine.prepareCaptioner({ priority: 'background' }).catch(() => {});
  }

  async *run(
    photo: PhotoSource,
    language: CaptionLanguage,
    signal: AbortSignal,
    { priority = 'interactive', otherThan }: WritingOptions = {},
  ): AsyncGenerator<CaptionUpdate, void> {
    try {
      if (!signal.aborted) yield* this.#caption(photo, language, otherThan, { signal, priority });
    } catch (error) {
      if (!signal.aborted) throw AppError.from(error);
    }
  }

  async *#caption(
    photo: PhotoSource,
    language: CaptionLanguage,
    known: readonly string[] | undefined,
    options: CallOptions & { readonly signal: AbortSignal },
  ): AsyncGenerator<CaptionUpdate, void> {
    const { signal } = options;
    // Calls that are made while another model loads would be refused.
    await untilAborted(this.engine.ready(), signal);
    const [tokens] = await untilAborted(
      Promise.all([this.photos.tokens(photo, signal), this.engine.prepareCaptioner(options)]),
      signal,
    );
    const drafts = known
      ? yield* this.#writeAnew(tokens, language, known, options)
      : yield* this.#write(tokens, language, options);
    const [first] = drafts;
    if (!first) throw new AppError('caption-empty', 'The captioner wrote no sentence.');
    let candidates = drafts.map(unmatched);
    // Asked only now: the ranker may just have been left out, as one that keeps failing.
    if (hasPart(await untilAborted(this.engine.ready(), signal), 'ranker')) {
      yield { stage: 're-rank', language, text: first.text, candidates };
      const embedding = await untilAborted(this.#embedding(photo), signal);
      candidates = [];
      for (const draft of drafts) {
        candidates.push(await this.#match(tokens, embedding, draft, options));
      }
    }
    throwIfAborted(signal);
    const ordered = bestFirst(candidates);
    yield { stage: 'done', language, text: ordered[0]?.text ?? '', candidates: ordered };
  }

  /** @returns sentences by the captioner's own score, all different */
  async *#write(
    tokens: Float32Array,
    language: CaptionLanguage,
    options: CaptionOptions,
  ): AsyncGenerator<CaptionUpdate, readonly CaptionDraft[]> {
    let drafts: readonly CaptionDraft[] = [];
    for await (const step of this.engine.caption(tokens, language, options)) {
      throwIfAborted(options.signal);
      if (step.drafts) drafts = step.drafts;
      else yield { stage: 'writing', language, text: step.text, candidates: [] };
    }
    return drafts;
  }

  /** @returns sentences that are not known, unless nothing else can be said */
  async *#writeAnew(
    tokens: Float32Array,
    language: CaptionLanguage,
    known: readonly string[],
    options: CallOptions,
  ): AsyncGenerator<CaptionUpdate, readonly CaptionDraft[]> {
    let drafts: readonly CaptionDraft[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const seed = Math.trunc(Math.random() * 2 ** 32);
      drafts = yield* this.#write(tokens, language, { ...options, seed });
      const others = drafts.filter(({ text }) => !known.includes(text));
      if (others.length > 0) return others;
    }
    return drafts;
  }

  /** A photo of the library can be captioned before it is in the index. */
  async #embedding(photo: PhotoSource): Promise<Float32Array | null> {
    try {
      return await this.photos.embedding(photo);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'photo-not-indexed') return null;
      throw error;
    }
  }

  async #match(
    tokens: Float32Array,
    embedding: Float32Array | null,
    draft: CaptionDraft,
    options: CallOptions,
  ): Promise<CaptionCandidate> {
    const match = await this.matching.matchTokens(tokens, draft.text, options);
    return {
      ...draft,
      match: match.probability,
      cosine: embedding && dot(match.embedding, embedding),
      calibratedMatch: match.calibrated,
      words: match.words,
    };
  }
}

function unmatched(draft: CaptionDraft): CaptionCandidate {
  return { ...draft, match: null, cosine: null, calibratedMatch: null, words: [] };
}
