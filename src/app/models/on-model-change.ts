import type { Engine } from '../../engine/engine';
import type { ModelKey } from '../../model/encoding';

/** Calls back whenever another model is ready in the place of the one before. */
export function onModelChange(
  engine: Pick<Engine, 'getState' | 'subscribe'>,
  changed: () => void,
): void {
  let before: ModelKey | null = null;
  const follow = () => {
    const state = engine.getState();
    if (state.status !== 'ready') return;
    const isOther = before !== null && state.modelKey !== before;
    before = state.modelKey;
    if (isOther) changed();
  };
  engine.subscribe(follow);
  follow();
}
