import { useAppState } from '../app-context';

export interface Abilities {
  readonly captioner: boolean;
  readonly ranker: boolean;
}

/** What the model in use can do about captions; one that is still being loaded may do all. */
export function useAbilities(): Abilities {
  const graphs = useAppState('engine', (state) =>
    state.status === 'ready' ? state.manifest.graphs : null,
  );
  return {
    captioner: graphs === null || graphs.captioner !== undefined,
    ranker: graphs === null || graphs.ranker !== undefined,
  };
}
