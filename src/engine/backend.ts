/** What this browser can do, and what follows from it: the only place that asks. */
import { AppError } from '../errors';
import type { Backend } from './engine';

/** The builds of onnxruntime-web: CPU only, and WebGPU by either way of waiting inside WASM. */
export type RuntimeBuild = 'wasm' | 'asyncify' | 'jspi';

/** How many photos go through a graph at once. */
export interface BatchSizes {
  readonly images: number;
  readonly ranking: number;
}

export const batchSizes: Record<Backend, BatchSizes> = {
  // The CPU gains little from batches, and a query waits for the batch that is under way.
  wasm: { images: 1, ranking: 8 },
  webgpu: { images: 8, ranking: 16 },
};

/** Adapters that compute on the processor, by what they say of themselves. */
const softwareAdapter = /swiftshader|llvmpipe|lavapipe|basic render/i;

/**
 * The graphics adapter to run a model on.
 *
 * @throws AppError `backend-unavailable`, saying what is missing
 */
export async function requireWebGpu(): Promise<GPUAdapter> {
  if (!globalThis.navigator?.gpu) throw unavailable('this browser has no WebGPU');
  let adapter: GPUAdapter | null;
  try {
    adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (cause) {
    throw unavailable('the browser refuses a graphics adapter', cause);
  }
  if (!adapter) throw unavailable('the browser offers no graphics adapter');
  return adapter;
}

/**
 * The same where it is worth taking unasked: a graphics adapter that is itself software is many times
 * slower than WebAssembly.
 *
 * @throws AppError as {@link requireWebGpu}, and `backend-slow`
 */
export async function requireFastWebGpu(): Promise<void> {
  const { info } = await requireWebGpu();
  const name = [info?.vendor, info?.architecture, info?.device, info?.description].join(' ').trim();
  if (!info?.isFallbackAdapter && !softwareAdapter.test(name)) return;
  throw new AppError('backend-slow', `WebGPU runs on the processor here: ${name}.`);
}

function unavailable(detail: string, cause?: unknown): AppError {
  return new AppError(
    'backend-unavailable',
    `WebGPU cannot be used: ${detail}.`,
    { backend: 'webgpu', detail },
    { cause },
  );
}

export function runtimeBuild(backend: Backend): RuntimeBuild {
  if (backend === 'wasm') return 'wasm';
  return 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
}

/**
 * Threads of the CPU back end. They need shared memory, which a page has only when it is
 * cross-origin isolated. Beyond four cores half are left to decoding and to the page.
 */
export function threadCount(): number {
  if (!globalThis.crossOriginIsolated) return 1;
  const cores = navigator.hardwareConcurrency;
  return Math.min(8, Math.max(Math.min(cores, 4), Math.floor(cores / 2)));
}
