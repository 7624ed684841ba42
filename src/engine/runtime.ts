/** Loads the build of onnxruntime-web that fits the back end. Runs in the engine's worker. */
import asyncifyModule from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyWasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiModule from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url';
import jspiWasm from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import cpuModule from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import cpuWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { type RuntimeBuild, runtimeBuild, threadCount } from './backend';
import type { Backend } from './engine';

export type Runtime = typeof import('onnxruntime-web');

const builds: Record<RuntimeBuild, { load(): Promise<Runtime>; mjs: string; wasm: string }> = {
  wasm: { load: () => import('onnxruntime-web/wasm'), mjs: cpuModule, wasm: cpuWasm },
  asyncify: {
    load: () => import('onnxruntime-web/webgpu'),
    mjs: asyncifyModule,
    wasm: asyncifyWasm,
  },
  jspi: { load: () => import('onnxruntime-web/jspi'), mjs: jspiModule, wasm: jspiWasm },
};

export async function loadRuntime(backend: Backend): Promise<Runtime> {
  const { load, mjs, wasm } = builds[runtimeBuild(backend)];
  const runtime = await load();
  runtime.env.wasm.wasmPaths = { mjs, wasm };
  runtime.env.wasm.numThreads = threadCount();
  runtime.env.webgpu.powerPreference = 'high-performance';
  runtime.env.logLevel = 'error';
  return runtime;
}
