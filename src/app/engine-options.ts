import type { Backend, EngineOptions } from '../engine/engine';

const defaultModel = 'models/r2d2-mini';
const backends: readonly Backend[] = ['webgpu', 'wasm'];

/** What the page's address asks of the engine: `?model=` and `?backend=`. */
export function engineOptionsFrom(address: URL): EngineOptions {
  const model = address.searchParams.get('model') || defaultModel;
  const asked = address.searchParams.get('backend');
  return {
    modelUrl: new URL(model, address).href,
    backend: backends.find((backend) => backend === asked) ?? 'auto',
  };
}
