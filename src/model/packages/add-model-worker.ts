/**
 * Adds one package. The one thread that may read from other origins, when somebody has typed such an
 * address: its script comes with a content security policy of its own (hosting/headers.json), and
 * it is given nothing but what is to be added.
 */
import { AppError } from '../../errors';
import { modelKey } from '../package';
import { exportFromFiles, exportFromUrl } from '../split/export-files';
import { splitSource } from '../split/split-source';
import { type AddProgress, addPackage } from './add';
import { folderUrl } from './address';
import { folderSource } from './folder-source';
import type { AddMessage, AddRequest } from './protocol';
import type { PackageSource } from './source';
import { urlSource } from './url-source';
import { zipSource } from './zip-source';

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener('message', async ({ data }: MessageEvent<AddRequest>) => {
  try {
    const key = await addPackage(await sourceOf(data), {
      onManifest: (manifest) =>
        post({ type: 'package', package: { key: modelKey(manifest), name: manifest.name } }),
      onProgress: (progress) => post({ type: 'progress', progress }),
    });
    post({ type: 'added', key });
  } catch (thrown) {
    post({ type: 'error', error: AppError.from(thrown).toWire() });
  }
});

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
    case 'export-url': {
      const onProgress = (progress: AddProgress) => post({ type: 'progress', progress });
      return splitSource(await exportFromUrl(request.url, onProgress));
    }
    case 'export-files':
      return splitSource(await exportFromFiles(request.files));
  }
}
