import { useAppState } from '../app-context';

/** No photo is that far from a label: some label always fits. */
export const alwaysSome = -1;

/** The least cosine of a label that fits: the person's, else the model's, else none. */
export function useNoneBelow(): number {
  const own = useAppState('labels', (state) => state.noneBelow);
  const calibrated = useAppState('engine', (state) =>
    state.status === 'ready' ? state.manifest.labels?.noneBelow : undefined,
  );
  return own ?? calibrated ?? alwaysSome;
}
