import type { Backend, EngineOptions } from '../engine/engine';
import { absoluteAddress } from '../model/packages/address';

const defaultModel = 'models/r2d2-mini';
const backends: readonly Backend[] = ['webgpu', 'wasm'];

/** The address of the model that the app comes with. */
export function defaultModelAddress(address: URL): string {
  return absoluteAddress(defaultModel, address.href);
}

/**
 * What the page's address asks of the engine: `?model=` and `?backend=`.
 *
 * @param chosen the model that the person chose, which `?model=` overrules
 */
export function engineOptionsFrom(address: URL, chosen: string | null): EngineOptions {
  const model = address.searchParams.get('model') || chosen || defaultModel;
  const asked = address.searchParams.get('backend');
  return {
    modelUrl: absoluteAddress(model, address.href),
    backend: backends.find((backend) => backend === asked) ?? 'auto',
  };
}
