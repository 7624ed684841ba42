/** The part of `npm run evaluate` that runs in the browser, on the app's own engine and decoders. */
import { createEngine } from '../../src/engine/client';
import type { Backend } from '../../src/engine/engine';
import { DecodePool } from '../../src/library/decode/pool';
import type { ImageEncoding, TextEncoding } from '../../src/model/encoding';
import {
  candidatesOf,
  finalScores,
  type Retrieval,
  ranks,
  retrieval,
  type Scores,
  transposed,
} from './recall';

/** What the decoders are told of every photo, so that they take a few at a time. */
const megapixels = 24;

export interface EvaluationTask {
  readonly modelUrl: string;
  readonly backend: Backend;
  /** Addresses. */
  readonly photos: readonly string[];
  /** Sentences, and the index of the photo that each describes. */
  readonly captions: readonly { readonly photo: number; readonly text: string }[];
  /** How many the ranker reads of each query; the package's own number where it is not given. */
  readonly candidates?: number;
}

/** Also the format of `--json`, in Python as here. */
export interface Evaluation {
  /** `<id>@<version>` */
  readonly model: string;
  readonly photos: number;
  readonly captions: number;
  /** How many the ranker has read of each query; 0 without a ranker. */
  readonly candidates: number;
  readonly preRanked: Retrieval;
  /** Null for a model without a ranker. */
  readonly reRanked: Retrieval | null;
}

declare global {
  interface Window {
    evaluateModel: typeof evaluateModel;
    /** Given by the script. */
    tell(step: string, done: number, total: number): void;
  }
}

window.evaluateModel = evaluateModel;

async function evaluateModel(task: EvaluationTask): Promise<Evaluation> {
  const engine = createEngine({ modelUrl: task.modelUrl, backend: task.backend });
  const { manifest, modelKey } = await engine.ready();
  const decoder = new DecodePool();
  const photos: ImageEncoding[] = [];
  for (const [index, url] of task.photos.entries()) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${decodeURIComponent(url)} cannot be read`);
    const blob = await response.blob();
    const pixels = await decoder.preparePixels({ blob, megapixels }, manifest.image.size);
    photos.push(...(await engine.encodeImages([pixels])));
    window.tell('photos', index + 1, task.photos.length);
  }
  const texts: TextEncoding[] = [];
  for (const { text } of task.captions) {
    texts.push(await engine.encodeText(text));
    window.tell('captions', texts.length, task.captions.length);
  }

  const byText: Scores = texts.map(({ embedding }) =>
    Float64Array.from(photos, (photo) => dot(embedding, photo.embedding)),
  );
  const byPhoto = transposed(byText);
  const isOwn = (caption: number, photo: number) => task.captions[caption]?.photo === photo;
  const measure = (textScores: Scores, photoScores: Scores) =>
    retrieval(
      ranks(textScores, isOwn),
      ranks(photoScores, (photo, caption) => isOwn(caption, photo)),
    );
  const result = {
    model: modelKey,
    photos: photos.length,
    captions: texts.length,
    preRanked: measure(byText, byPhoto),
  };
  const count = manifest.graphs.ranker ? (task.candidates ?? manifest.rerank.candidates) : 0;
  if (count === 0) return { ...result, candidates: 0, reRanked: null };

  const photosOf = candidatesOf(byText, count);
  const textsOf = candidatesOf(byPhoto, count);
  // Each pair once, whichever way it is a candidate.
  const pairs = photosOf.map((wanted) => new Set(wanted));
  for (const [photo, wanted] of textsOf.entries())
    for (const text of wanted) pairs[text]?.add(photo);
  const matches: Map<number, number>[] = [];
  for (const [index, text] of texts.entries()) {
    const wanted = [...(pairs[index] ?? [])];
    const tokens = wanted.map((photo) => (photos[photo] as ImageEncoding).tokens);
    const { matchProbabilities } = await engine.rank(text, tokens);
    matches.push(new Map(wanted.map((photo, i) => [photo, matchProbabilities[i] as number])));
    window.tell('re-ranked captions', matches.length, texts.length);
  }
  const matchOf = (text: number, photo: number) => matches[text]?.get(photo) ?? 0;
  const { rerank } = manifest;
  const textScores = finalScores(byText, photosOf, matchOf, rerank);
  const photoScores = finalScores(byPhoto, textsOf, (photo, text) => matchOf(text, photo), rerank);
  return { ...result, candidates: count, reRanked: measure(textScores, photoScores) };
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}
