/** What the tests of the search share: photos more or less like a dog, and a way to ask for it. */
import type { PhotoId } from '../../library/library';
import { CaptionTexts } from '../caption-texts';
import { CurrentIndex } from '../current-index';
import type { SearchUpdate } from '../search';
import { TwoStageSearch } from '../two-stage-search';
import type { MemoryLibrary } from './memory-library';
import type { ScriptedEngine } from './scripted-engine';

export const dog = Float32Array.of(1, 0, 0, 0);
const cat = Float32Array.of(0, 1, 0, 0);
export const texts = { 雪地里的狗: dog, cat };

/** A unit vector with the given cosine to {@link dog}, and the rest of it towards {@link cat}. */
export function near(cosine: number): Float32Array {
  return Float32Array.of(cosine, Math.sqrt(1 - cosine * cosine), 0, 0);
}

/** Photos p00, p01 … with falling cosines to the dog and the given matches. */
export function photosWith(matches: readonly number[]) {
  return Object.fromEntries(
    matches.map((match, i) => [
      `p${String(i).padStart(2, '0')}`,
      { embedding: near(0.9 - i * 0.001), match },
    ]),
  );
}

interface Asking {
  readonly onUpdate?: (update: SearchUpdate) => void;
  readonly signal?: AbortSignal;
  readonly among?: ReadonlySet<PhotoId>;
}

/** Opens a search; what it returns asks one query and gives all updates. */
export function start(library: MemoryLibrary, engine: ScriptedEngine) {
  const index = new CurrentIndex(engine, library);
  const search = new TwoStageSearch(engine, library, index, new CaptionTexts(library));
  return async (text: string, { onUpdate, signal, among }: Asking = {}) => {
    const updates: SearchUpdate[] = [];
    for await (const update of search.run(text, signal ?? new AbortController().signal, among)) {
      updates.push(update);
      onUpdate?.(update);
    }
    return updates;
  };
}

export const ranks = (engine: ScriptedEngine) =>
  engine.calls.filter(({ kind }) => kind === 'rank').map(({ size }) => size);
