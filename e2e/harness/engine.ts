/** Puts the engine within reach of engine.spec.ts, without the app around it. */
import { createEngine, type EngineEnvironment } from '../../src/engine/client';
import type { Engine, EngineOptions } from '../../src/engine/engine';

declare global {
  interface Window {
    harness: {
      start(options: EngineOptions, environment?: Partial<EngineEnvironment>): Engine;
    };
  }
}

window.harness = {
  start: (options, environment) =>
    createEngine(options, {
      createWorker: () =>
        new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module' }),
      ...environment,
    }),
};
