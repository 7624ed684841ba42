/** Every message between the page and the engine's worker. */
import type { WireError } from '../errors';
import type {
  CaptionLanguage,
  CaptionStep,
  ImageEncoding,
  ModelKey,
  ModelPixels,
  Ranking,
  TextEncoding,
} from '../model/encoding';
import type { Manifest } from '../model/manifest';
import type { LoadProgress } from '../model/packages/receive';
import type { Backend } from './engine';

export interface StartedModel {
  readonly modelKey: ModelKey;
  readonly manifest: Manifest;
  /** Why the model's files could not be kept in the browser, if so. */
  readonly storageError?: WireError;
}

/** The worker's calls: what goes in and what comes out. The page sends one at a time. */
interface Calls {
  /** Once, first: loads the model and makes it ready for encoding. */
  start: {
    request: { modelUrl: string; backend: Backend; imagesOnly: boolean };
    result: StartedModel;
  };
  /** Creates the ranker's session ahead of the first `rank`. */
  'prepare-ranker': { request: object; result: null };
  'encode-images': { request: { photos: readonly ModelPixels[] }; result: ImageEncoding[] };
  'encode-text': { request: { text: string }; result: TextEncoding };
  rank: {
    request: { text: TextEncoding; imageTokens: readonly Float32Array[] };
    result: Ranking;
  };
  'prepare-captioner': { request: object; result: null };
  /** The first token of a caption, which from then on goes by the number that the page gives it. */
  'begin-caption': {
    request: {
      caption: number;
      imageTokens: Float32Array;
      language: CaptionLanguage;
      seed: number | null;
    };
    result: CaptionStep;
  };
  /** One more token. */
  'continue-caption': { request: { caption: number }; result: CaptionStep };
  /** Of a caption that nobody waits for any more. */
  'end-caption': { request: { caption: number }; result: null };
}

export type CallType = keyof Calls;

export type CallRequest<T extends CallType = CallType> = {
  [K in T]: { readonly type: K; readonly id: number } & Readonly<Calls[K]['request']>;
}[T];

/** A request before it has its number. */
export type CallArguments<T extends CallType> = Calls[T]['request'];
export type CallResult<T extends CallType = CallType> = Calls[T]['result'];

export type EngineMessage =
  /** The model is coming; null once all of it is there. Also the sign that the worker lives. */
  | { readonly type: 'progress'; readonly progress: LoadProgress | null }
  | { readonly type: 'result'; readonly id: number; readonly result: CallResult }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  /** May come at any time, between calls too. */
  | { readonly type: 'device-lost'; readonly error: WireError };
