import type { ErrorCode } from '../../errors';

/** For every error: what happened, and what the person can do; filled in with the error's parameters. */
export const errors = {
  cancelled: {
    what: 'That was cancelled.',
    remedy: 'Start it again whenever you like.',
  },
  internal: {
    what: 'Something unforeseen went wrong.',
    remedy: 'Nothing stored is lost. Try again; if it comes back, reload the page.',
  },
  'page-insecure': {
    what: 'This address is not a secure one, and browsers let only secure pages store photos and run models.',
    remedy: 'Open the app by https, or on this very machine by http://localhost.',
  },
  'manifest-unreachable': {
    what: 'The model’s description could not be fetched.',
    remedy:
      'Check the connection to this site, or the model’s address if you gave one, and try again.',
  },
  'manifest-invalid': {
    what: 'The model’s description is not one that this app can read.',
    remedy: 'Use a model package made for this version of the app.',
  },
  'download-failed': {
    what: 'The download of the model broke off.',
    remedy: 'Check the connection and try again; what has arrived is kept.',
  },
  'export-download-failed': {
    what: 'The ONNX file could not be downloaded.',
    remedy:
      'Try again: it begins anew. A file that your browser has saved itself can be chosen from the disk.',
  },
  'sample-unreachable': {
    what: 'The sample album could not be fetched.',
    remedy: 'Check the connection and try again; photos that have arrived are kept.',
  },
  'checksum-mismatch': {
    what: 'A file of the model is damaged: {{file}}.',
    remedy: 'Try again. If it happens every time, get the model from elsewhere.',
  },
  'graph-missing': {
    what: 'This model lacks a part that is needed here.',
    remedy: 'Choose a model that has it, or go on without this function.',
  },
  'tokenizer-invalid': {
    what: 'The model’s tokenizer cannot be read.',
    remedy: 'Use a model package made for this version of the app.',
  },
  'manifest-missing': {
    what: 'There is no model in “{{name}}”: it holds no manifest.json.',
    remedy: 'Choose the folder that holds manifest.json, or a ZIP file of it.',
  },
  'several-models': {
    what: '“{{name}}” holds several models.',
    remedy: 'Choose the folder of one of them.',
  },
  'model-file-missing': {
    what: 'The model lacks one of its files, {{file}}.',
    remedy: 'Get the whole package again, or tell who made it.',
  },
  'model-damaged': {
    what: 'The browser has lost {{file}} of this model.',
    remedy: 'Remove the model in the settings and add it again, or use another one meanwhile.',
  },
  'model-gone': {
    what: 'The browser does not keep this model any more.',
    remedy: 'Add it again in the settings, or use another model.',
  },
  'cross-origin-refused': {
    what: '{{site}} does not answer, or does not let other sites read its files.',
    remedy:
      'Check the address. If it is right, download the package yourself and add it as a folder or ZIP file; or ask who runs {{site}} to allow it (CORS).',
  },
  'zip-unreadable': {
    what: '“{{name}}” cannot be read as a ZIP file.',
    remedy: 'Download it again, or unpack it and choose the folder.',
  },
  'export-unusable': {
    what: '“{{name}}” cannot be split into an encoder for photos and one for texts.',
    remedy: 'Take an ONNX file of Chinese-CLIP that holds both. What is wrong with it: {{detail}}.',
  },
  'storage-short': {
    what: 'The model needs {{needed, number}} MB; the browser has {{free, number}} MB left.',
    remedy: 'Free space on the disk, or remove models or photos that you no longer need.',
  },
  'model-storage-full': {
    what: 'The browser’s storage is full; {{missing, number}} MB of the model are still missing.',
    remedy:
      'Free space on the disk, or remove models or photos that you no longer need; what has arrived is kept.',
  },
  'backend-unavailable': {
    what: 'The requested compute back end does not exist in this browser.',
    remedy: 'Take “?backend=” off the address, or use a browser with WebGPU.',
  },
  'backend-slow': {
    what: 'What stands in for a graphics card here is the processor itself, and that runs the model faster directly.',
    remedy: 'Add “?backend=webgpu” to the address to use WebGPU all the same.',
  },
  'session-failed': {
    what: 'The model could not be started.',
    remedy:
      'Close other heavy tabs and try again. Should the address hold “?backend=”, take it off.',
  },
  'run-failed': {
    what: 'The model failed at its work.',
    remedy: 'Try again. If it comes back, close other heavy tabs and reload the page.',
  },
  'device-lost': {
    what: 'The graphics card was taken away from the page.',
    remedy: 'Try again: the model starts anew. Nothing stored is lost.',
  },
  'engine-timeout': {
    what: 'The model has not answered for too long.',
    remedy: 'Try again: the model starts anew. Closing other heavy tabs helps.',
  },
  'engine-stopped': {
    what: 'The model has been stopped.',
    remedy: 'Try again to start it anew.',
  },
  'text-empty': {
    what: 'The model knows nothing of “{{text}}”.',
    remedy: 'Put it in other words.',
  },
  'file-empty': {
    what: 'The file is empty.',
    remedy: 'Copy it again from where it came from.',
  },
  'file-unreadable': {
    what: 'The file cannot be read.',
    remedy: 'Check that it still exists and may be opened, then add it again.',
  },
  'partly-unreadable': {
    what: 'Not everything could be read: {{paths}}.',
    remedy: 'All else was added. Check that the rest may be opened, then add it again.',
  },
  'file-not-a-photo': {
    what: 'The file is not a photo.',
    remedy: 'Choose JPEG, HEIC, PNG, WebP, AVIF, GIF or BMP files.',
  },
  'photo-broken': {
    what: 'The photo is damaged and cannot be decoded.',
    remedy: 'Open it in a photo program and save it anew, or copy it again from the camera.',
  },
  'photo-unsupported': {
    what: '{{format}} pictures cannot be read yet.',
    remedy: 'Convert it to JPEG and add that.',
  },
  'photo-too-large': {
    what: 'The photo has {{size}} {{unit}}; up to {{limit}} {{unit}} can be decoded safely.',
    remedy: 'Add a smaller copy of it.',
  },
  'storage-full': {
    what: 'The browser has no storage left.',
    remedy:
      'Free space on the disk, or remove photos or models that you no longer need, then resume.',
  },
  'storage-unavailable': {
    what: 'The browser’s storage cannot be opened.',
    remedy: 'Leave private browsing, allow site data for this page, and reload.',
  },
  'app-outdated': {
    what: 'A newer version of the app has been opened in this browser.',
    remedy: 'Reload this page; nothing stored is lost.',
  },
  'permission-denied': {
    what: 'The page may not read the files that were chosen.',
    remedy: 'Resume and allow reading when the browser asks, or choose them again.',
  },
  'source-gone': {
    what: 'The original file is no longer where it was.',
    remedy: 'Bring it back or add it from its new place; the preview is kept.',
  },
  'file-not-kept': {
    what: 'There was no room to keep a copy of the file until the next visit.',
    remedy: 'Add it again. What is in the library already is recognised.',
  },
  'photo-not-indexed': {
    what: 'The model has not looked at this photo yet.',
    remedy: 'Wait until its turn comes, or resume the indexing if it is paused.',
  },
  'kernel-failed': {
    what: 'The search could not be started.',
    remedy: 'Reload the page. If it comes back, update the browser.',
  },
  'caption-empty': {
    what: 'The model found no words for this photo.',
    remedy: 'Try the other language, or write the caption yourself.',
  },
  'sidecar-unreadable': {
    what: 'A sidecar file that lies beside the photo cannot be read ({{detail}}).',
    remedy: 'It was left as it is. Repair or move it, then write again.',
  },
} satisfies Record<ErrorCode, { readonly what: string; readonly remedy: string }>;
