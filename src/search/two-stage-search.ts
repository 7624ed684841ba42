import { type Engine, isOffered } from '../engine/engine';
import { AppError, throwIfAborted } from '../errors';
import type { Library, PhotoId } from '../library/library';
import type { ModelKey, TextEncoding } from '../model/encoding';
import type { CaptionAuthor, CaptionTexts } from './caption-texts';
import type { CurrentIndex } from './current-index';
import type { EmbeddingIndex, Neighbour } from './embedding-index';
import { orderHits } from './hits';
import { LruMap } from './lru-map';
import type { Search, SearchStage, SearchUpdate } from './search';
import { untilAborted } from './until-aborted';

/** No more photos than these answer a query, which is far more than anyone looks through. */
export const maxHits = 500;

/**
 * So many photos at most join the candidates because their captions hold the query's words, those of
 * people first: a model's captions say what the embeddings mostly know.
 */
const captionedCandidates = 32;

/**
 * Candidates ranked at once: few enough that the first screen settles soon, and that a newer query
 * need not wait long for the call in progress.
 */
const rerankBatch = 8;
/** The best go first by themselves: the first matches come soon, and a small album has stages, too. */
const firstRerankBatch = 2;

/** Queries whose encoding and match probabilities are kept, so that typing back is instant. */
const rememberedQueries = 64;

export type SearchEngine = Pick<Engine, 'ready' | 'encodeText' | 'rank'>;
export type SearchedLibrary = Pick<Library, 'imageTokens'>;

/** What has been computed for a query with one model. */
interface RememberedQuery {
  readonly encoding: TextEncoding;
  readonly matches: Map<PhotoId, number>;
}

/**
 * R2D2's search (arXiv 2205.03860, "global contrastive pre-ranking" and "fine-grained ranking"):
 * the dual encoder pre-ranks the whole library by cosine, then both cross encoders re-rank the best
 * candidates.
 *
 * Asking the same again costs one scan of the index, plus the ranking of candidates that are new:
 * cheap enough to do whenever photos have been added.
 */
export class TwoStageSearch implements Search {
  readonly #engine: SearchEngine;
  readonly #library: SearchedLibrary;
  readonly #remembered = new LruMap<string, RememberedQuery>(rememberedQueries);
  readonly #index: CurrentIndex;
  readonly #captions: Pick<CaptionTexts, 'holding'>;
  #running = new AbortController();

  constructor(
    engine: SearchEngine,
    library: SearchedLibrary,
    index: CurrentIndex,
    captions: Pick<CaptionTexts, 'holding'>,
  ) {
    this.#engine = engine;
    this.#library = library;
    this.#index = index;
    this.#captions = captions;
  }

  async *run(
    query: string,
    signal: AbortSignal,
    among?: ReadonlySet<PhotoId>,
  ): AsyncGenerator<SearchUpdate, void> {
    if (signal.aborted) return;
    this.#running.abort();
    this.#running = new AbortController();
    const superseded = AbortSignal.any([signal, this.#running.signal]);
    try {
      yield* this.#search(query, superseded, among);
    } catch (error) {
      if (!superseded.aborted) throw AppError.from(error);
    }
  }

  async *#search(
    query: string,
    signal: AbortSignal,
    among: ReadonlySet<PhotoId> | undefined,
  ): AsyncGenerator<SearchUpdate, void> {
    const text = query.trim();
    if (text === '') return;
    const state = await untilAborted(this.#engine.ready(), signal);
    const { modelKey, manifest } = state;
    const index = this.#index.of(modelKey, manifest);
    const [{ encoding, matches }] = await Promise.all([
      this.#remember(modelKey, text, signal),
      untilAborted(index.filled(), signal),
    ]);

    const captioned = this.#captions.holding(text);
    const { candidates, neighbours } = prerank(
      index,
      encoding.embedding,
      isOffered(state, 'ranker') ? manifest.rerank.candidates : 0,
      captioned,
      among,
    );
    const missing = neighbours
      .slice(0, candidates)
      .map(({ photoId }) => photoId)
      .filter((id) => !matches.has(id));

    const update = (stage: SearchStage, rerankError?: AppError): SearchUpdate => {
      const present = (neighbour: Neighbour) => index.has(neighbour.photoId);
      const reranked = rerankError ? 0 : neighbours.slice(0, candidates).filter(present).length;
      const scores = {
        neighbours: neighbours.filter(present),
        candidates: reranked,
        matches,
        captioned,
        final: stage === 'done',
      };
      const hits = orderHits(scores, manifest);
      return { query, stage, hits, candidates: reranked, ...(rerankError && { rerankError }) };
    };

    if (missing.length > 0) yield update('pre-rank');
    for (let first = 0, next: number; first < missing.length; first = next) {
      next = first === 0 ? firstRerankBatch : first + rerankBatch;
      const batch = missing.slice(first, next);
      try {
        await this.#rerank(modelKey, { encoding, matches }, batch, signal);
      } catch (error) {
        throwIfAborted(signal);
        yield update('done', AppError.from(error, 'run-failed'));
        return;
      }
      if (next < missing.length) yield update('re-rank');
    }
    yield update('done');
  }

  /** Adds the photos' match probabilities to what is remembered of the query. */
  async #rerank(
    modelKey: ModelKey,
    { encoding, matches }: RememberedQuery,
    ids: readonly PhotoId[],
    signal: AbortSignal,
  ): Promise<void> {
    throwIfAborted(signal);
    const tokens = await this.#library.imageTokens(modelKey, ids, signal);
    throwIfAborted(signal);
    // Photos that are gone meanwhile have no tokens.
    const present = ids.flatMap((id, i) => {
      const imageTokens = tokens[i];
      return imageTokens ? [{ id, imageTokens }] : [];
    });
    if (present.length === 0) return;
    const { matchProbabilities } = await this.#engine.rank(
      encoding,
      present.map(({ imageTokens }) => imageTokens),
      { signal, priority: 'interactive' },
    );
    for (const [i, { id }] of present.entries()) matches.set(id, matchProbabilities[i] as number);
    throwIfAborted(signal);
  }

  async #remember(modelKey: ModelKey, text: string, signal: AbortSignal): Promise<RememberedQuery> {
    const key = `${modelKey}\n${text}`;
    const known = this.#remembered.get(key);
    if (known) return known;
    const encoding = await this.#engine.encodeText(text, { signal, priority: 'interactive' });
    throwIfAborted(signal);
    const query = { encoding, matches: new Map<PhotoId, number>() };
    this.#remembered.set(key, query);
    return query;
  }
}

interface Preranked {
  /** The candidates first, then all others by cosine. */
  readonly neighbours: readonly Neighbour[];
  readonly candidates: number;
}

/** The photos nearest to the query, and those whose captions hold its words. */
function prerank(
  index: EmbeddingIndex,
  query: Float32Array,
  candidates: number,
  captioned: ReadonlyMap<PhotoId, CaptionAuthor>,
  among: ReadonlySet<PhotoId> | undefined,
): Preranked {
  const limit = Math.max(maxHits, candidates);
  const neighbours = among ? index.nearestAmong(query, among, limit) : index.nearest(query, limit);
  const nearest = neighbours.slice(0, candidates);
  const known = new Set(nearest.map(({ photoId }) => photoId));
  const described = index
    .nearestAmong(
      query,
      [...captioned.keys()].filter((id) => !known.has(id) && among?.has(id) !== false),
      captioned.size,
    )
    .sort((a, b) => byHand(captioned, b) - byHand(captioned, a))
    .slice(0, maxHits);
  const joining = candidates > 0 ? described.slice(0, captionedCandidates) : [];
  for (const { photoId } of joining) known.add(photoId);
  const others = new Map(
    [...neighbours, ...described]
      .filter(({ photoId }) => !known.has(photoId))
      .map((neighbour) => [neighbour.photoId, neighbour]),
  );
  return {
    neighbours: [
      ...nearest,
      ...joining,
      ...[...others.values()].sort((a, b) => b.cosine - a.cosine),
    ],
    candidates: nearest.length + joining.length,
  };
}

function byHand(captioned: ReadonlyMap<PhotoId, CaptionAuthor>, { photoId }: Neighbour): number {
  return Number(captioned.get(photoId) === 'hand');
}
