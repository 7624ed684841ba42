import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Engine, EngineState } from '../../engine/engine';

/** The engine's state for the screen. */
export function createEngineStore(engine: Engine): StoreApi<EngineState> {
  const store = createStore<EngineState>(() => engine.getState());
  // Replaced as a whole: the states have different fields.
  engine.subscribe((state) => store.setState(state, true));
  return store;
}
