/** What the tests of the captions on show share: captions that come as the test says. */
import { vi } from 'vitest';
import type { CaptionCandidate, CaptionUpdate, WritingOptions } from '../../captions/captions';
import type { EngineState, ReadyState } from '../../engine/engine';
import { AppError } from '../../errors';
import type { CaptionLanguage, PhotoCaptions } from '../../library/captions';
import type { ModelKey } from '../../model/encoding';
import type { Manifest } from '../../model/manifest';
import { createSubjectStore } from '../subject/subject-store';
import { createCaptionStore } from './caption-store';

export const photo = (id: string) => ({ kind: 'library', id }) as const;

export const candidate = (text: string, match: number | null): CaptionCandidate => ({
  text,
  score: -1,
  match,
  cosine: null,
  calibratedMatch: match,
  words: [],
});

const graph = { wasm: { file: 'graph.onnx', bytes: 1, sha256: '0'.repeat(64) } };
const manifest = { graphs: { ranker: graph } } as unknown as Manifest;
export const ready = (modelKey: ModelKey): ReadyState => ({
  status: 'ready',
  backend: 'wasm',
  modelKey,
  manifest,
});

/** Captions whose updates the test hands out, one after the other. */
export function started() {
  const runs: {
    readonly about: string;
    readonly language: CaptionLanguage;
    readonly signal: AbortSignal;
    readonly options: WritingOptions | undefined;
    readonly give: (update: CaptionUpdate | AppError | null) => Promise<void>;
  }[] = [];
  const matched: string[] = [];
  const kept = new Map<string, PhotoCaptions>();
  let state: EngineState = ready('m@1');
  const listeners = new Set<(state: EngineState) => void>();
  const tell = (next: EngineState) => {
    state = next;
    for (const listener of listeners) listener(next);
  };
  let failure: AppError | null = null;
  const subjects = createSubjectStore();
  const store = createCaptionStore(
    {
      captions: {
        async *run(source, language, signal, options) {
          const waiting: ((update: CaptionUpdate | AppError | null) => void)[] = [];
          runs.push({
            about: source.kind === 'library' ? source.id : source.file.name,
            language,
            signal,
            options,
            give: async (update) => {
              await vi.waitUntil(() => waiting.length > 0);
              waiting.shift()?.(update);
              await new Promise((resolve) => setTimeout(resolve));
            },
          });
          for (;;) {
            const update = await new Promise<CaptionUpdate | AppError | null>((resolve) => {
              waiting.push(resolve);
            });
            if (update === null || signal.aborted) return;
            if (update instanceof AppError) throw update;
            yield update;
          }
        },
      },
      engine: {
        getState: () => state,
        ready: async () => ready('m@1'),
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      library: {
        captions: () => kept,
        async replaceCaption(id, language, caption) {
          kept.set(id, { ...kept.get(id), [language]: caption });
        },
      },
      matching: {
        async match(_, sentence) {
          matched.push(sentence);
          if (failure) throw failure;
          return {
            sentence,
            probability: 0.9,
            calibrated: 0.8,
            heads: null,
            embedding: new Float32Array(),
            words: [],
          };
        },
      },
    },
    subjects,
  );
  const run = async (place: number) => {
    await vi.waitUntil(() => runs.length > place);
    return runs[place] as (typeof runs)[number];
  };
  const fail = (error: AppError) => {
    failure = error;
  };
  return { store, subjects, runs, run, matched, kept, fail, tell };
}

export const writing = (text: string, language: CaptionLanguage = 'en'): CaptionUpdate => ({
  stage: 'writing',
  language,
  text,
  candidates: [],
});

export const final: CaptionUpdate = {
  stage: 'done',
  language: 'en',
  text: 'A dog.',
  candidates: [candidate('A dog.', 0.7), candidate('A cat.', 0.1)],
};
