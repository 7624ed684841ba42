import { type EngineState, isOffered, type OptionalPart } from '../../engine/engine';
import { useAppState } from '../app-context';

export interface Abilities {
  readonly captioner: boolean;
  readonly ranker: boolean;
}

/** What the model in use can do; one that is still being loaded may do all. */
export function useAbilities(): Abilities {
  return {
    captioner: useAppState('engine', mayHave('captioner')),
    ranker: useAppState('engine', mayHave('ranker')),
  };
}

function mayHave(part: OptionalPart): (state: EngineState) => boolean {
  return (state) => state.status !== 'ready' || isOffered(state, part);
}
