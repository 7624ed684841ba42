/**
 * Adds one package. The one thread that may read from other origins, when somebody has typed such an
 * address: its script comes with a content security policy of its own (hosting/headers.json), and
 * it is given nothing but what is to be added.
 */
import { AppError } from '../../errors';
import { modelKey } from '../package';
import { exportFromFiles, exportFromUrl } from '../split/export-files';
import { splitSource } from '../split/split-source';
import { addPackage } from './add';
import { folderUrl } from './address';
import { folderSource } from './folder-source';
import type { AddMessage, AddRequest } from './protocol';
import type { LoadProgress } from './receive';
import type { PackageSource } from './source';
import { urlSource } from './url-source';
import { zipSource } from './zip-source';

declare const self: DedicatedWorkerGlobalScope;

/** Progress is told at most this often. */
const progressMs = 100;

self.addEventListener('message', async ({ data }: MessageEvent<AddRequest>) => {
  try {
    const key = await addPackage(await sourceOf(data), {
      onManifest: (manifest) =>
        post({ type: 'package', package: { key: modelKey(manifest), name: manifest.name } }),
      onProgress: tellProgress,
    });
    post({ type: 'added', key });
  } catch (thrown) {
    // What has arrived stays: how much it is has to be right from here on.
    if (latest) post({ type: 'progress', progress: latest });
    post({ type: 'error', error: AppError.from(thrown).toWire() });
  }
});

let latest: LoadProgress | undefined;
let lastTold = 0;

/** Files from the disk come faster than any screen shows. */
function tellProgress(progress: LoadProgress): void {
  latest = progress;
  const now = performance.now();
  if (progress.loadedBytes < progress.totalBytes && now - lastTold < progressMs) return;
  lastTold = now;
  post({ type: 'progress', progress });
}

function post(message: AddMessage): void {
  self.postMessage(message);
}

async function sourceOf(request: AddRequest): Promise<PackageSource> {
  switch (request.kind) {
    case 'url':
      return urlSource(folderUrl(request.url), 'url');
    case 'folder':
      return folderSource(request.name, request.files);
    case 'zip':
      return zipSource(request.file);
    case 'export-url':
      return splitSource(await exportFromUrl(request.url, tellProgress));
    case 'export-files':
      return splitSource(await exportFromFiles(request.files));
  }
}
