/** The engine's thread: owns the GPU device and every session, and does one call at a time. */
import { AppError } from '../errors';
import { keepPackage, openPackage } from '../model/packages/open';
import { requireWebGpu } from './backend';
import { ModelRunner } from './model-runner';
import type {
  CallArguments,
  CallRequest,
  CallResult,
  EngineMessage,
  StartedModel,
} from './protocol';
import { loadRuntime, type Runtime } from './runtime';

declare const self: DedicatedWorkerGlobalScope;

let runner: ModelRunner | undefined;
let lostDevice: AppError | undefined;

self.addEventListener('message', async ({ data }: MessageEvent<CallRequest>) => {
  const { id } = data;
  try {
    const result = await answer(data);
    post({ type: 'result', id, result }, transferable(result));
  } catch (thrown) {
    const error = AppError.from(thrown);
    // What fails on a lost device fails in many ways; the loss, which is what the page must know,
    // may be told a moment later.
    if (error.code === 'run-failed') await new Promise((resolve) => setTimeout(resolve, 50));
    post({ type: 'error', id, error: (lostDevice ?? error).toWire() });
  }
});

function post(message: EngineMessage, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

async function answer(request: CallRequest): Promise<CallResult> {
  if (request.type === 'start') return start(request);
  if (!runner) throw new AppError('internal', 'The engine was called before its start.');
  switch (request.type) {
    case 'prepare-ranker':
      await runner.prepareRanker();
      return null;
    case 'encode-images':
      return runner.encodeImages(request.photos);
    case 'encode-text':
      return runner.encodeText(request.text);
    case 'rank':
      return runner.rank(request.text, request.imageTokens);
    case 'prepare-captioner':
      await runner.captioner();
      return null;
    case 'begin-caption': {
      const captioner = await runner.captioner();
      captioner.begin(request.caption, request.imageTokens, request.language, request.seed);
      return captioner.step(request.caption);
    }
    case 'continue-caption':
      return (await runner.captioner()).step(request.caption);
    case 'end-caption':
      await runner.endCaption(request.caption);
      return null;
  }
}

async function start({
  modelUrl,
  backend,
  imagesOnly,
}: CallArguments<'start'>): Promise<StartedModel> {
  if (backend === 'webgpu') await requireWebGpu();
  let storageError: AppError | undefined;
  const onUnkept = (error: unknown) => {
    storageError ??= AppError.from(error);
  };
  const model = await openPackage(modelUrl, self.location.origin, { onUnkept });
  const runtime = await loadRuntime(backend);
  runner = await ModelRunner.load(runtime, backend, model, {
    onProgress: (progress) => post({ type: 'progress', progress }),
    onUnkept,
    imagesOnly,
  });
  // Half of a package would not start without a network, and the version before, which would have to
  // go for it, does: worth that what does not fit is fetched anew until somebody makes room.
  if (!imagesOnly && !storageError) await keepPackage(model).catch(onUnkept);
  if (backend === 'webgpu') await watchDevice(runtime);
  return {
    modelKey: model.key,
    manifest: model.manifest,
    ...(storageError ? { storageError: storageError.toWire() } : {}),
  };
}

async function watchDevice(runtime: Runtime): Promise<void> {
  const device: GPUDevice = await runtime.env.webgpu.device;
  device.lost.then(({ message }) => {
    lostDevice = new AppError('device-lost', `The graphics device was lost: ${message}`, {
      detail: message,
    });
    post({ type: 'device-lost', error: lostDevice.toWire() });
  });
}

/** The buffers of every array in a result: they are copies made for the page. */
function transferable(result: CallResult): Transferable[] {
  if (result === null || 'manifest' in result) return [];
  return [result]
    .flat()
    .flatMap((value) =>
      Object.values(value).flatMap((field) =>
        field instanceof Float32Array ? [field.buffer] : [],
      ),
    );
}
