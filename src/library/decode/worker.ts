/** A decode worker: one task at a time, each answered once. */
import { AppError } from '../../errors';
import { identify, prepare, preparePixels } from './decode';
import type { DecodeRequest, DecodeResponse, DecodeResult } from './protocol';

const scope = self as unknown as DedicatedWorkerGlobalScope;

function reply(response: DecodeResponse, transfer: Transferable[] = []): void {
  scope.postMessage(response, transfer);
}

function run(request: DecodeRequest): Promise<DecodeResult> {
  switch (request.task) {
    case 'identify':
      return identify(...request.args);
    case 'prepare':
      return prepare(...request.args);
    case 'preparePixels':
      return preparePixels(...request.args);
  }
}

function buffersOf(result: DecodeResult): Transferable[] {
  if ('thumbnail' in result) {
    return [result.thumbnail, ...(result.pixels ? [result.pixels.data.buffer] : [])];
  }
  return 'data' in result ? [result.data.buffer] : [];
}

scope.onmessage = async ({ data }: MessageEvent<DecodeRequest>) => {
  try {
    const result = await run(data);
    reply({ kind: 'result', result }, buffersOf(result));
  } catch (thrown) {
    // Out of memory and the like: this photo's failure, not the library's.
    reply({ kind: 'error', error: AppError.from(thrown, 'photo-broken').toWire() });
  }
};

reply({ kind: 'ready' });
