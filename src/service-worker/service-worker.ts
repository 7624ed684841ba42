/**
 * The app without a network, and isolated from other origins on any host.
 *
 * The shell (page, scripts, styles) is kept when a version is installed; big files that not every
 * visit needs (the builds of onnxruntime-web, the sample album) are kept when they are first used.
 * Model packages are none of its business: the engine keeps them itself.
 */
import type { WorkboxPlugin } from 'workbox-core';
import {
  addPlugins,
  addRoute,
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precache,
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { CacheFirst } from 'workbox-strategies';
import headersByPath from '../../hosting/headers.json';
import { applyUpdate, stays } from './messages';

/** A file of the build; no revision where its name holds a hash of its content. */
interface PrecacheEntry {
  readonly url: string;
  readonly revision: string | null;
}

declare const self: Omit<ServiceWorkerGlobalScope, '__WB_MANIFEST'> & {
  readonly __WB_MANIFEST: readonly PrecacheEntry[];
};

const onDemandCache = 'r2d2-on-demand';
const onDemandFile = /\/ort-[^/]*\.wasm$|^sample\//;

const files = self.__WB_MANIFEST;
const shell = files.filter(({ url }) => !onDemandFile.test(url));
/** The address of each file kept on demand, and the address with its revision, which is its key. */
const onDemand = new Map(
  files
    .filter(({ url }) => onDemandFile.test(url))
    .map(({ url, revision }) => {
      const address = new URL(url, self.location.href).href;
      return [address, revision ? `${address}?revision=${revision}` : address];
    }),
);

/** Puts in the headers that a static host may not be able to send; for some files they are others. */
const addHeaders: WorkboxPlugin = {
  handlerWillRespond: async ({ request, response }) => {
    const path = request.url.replace(self.registration.scope, '/');
    const { body, status, statusText } = response;
    const complete = new Headers(response.headers);
    for (const [beginning, headers] of Object.entries(headersByPath)) {
      if (!path.startsWith(beginning)) continue;
      for (const [name, value] of Object.entries(headers)) complete.set(name, value);
    }
    return new Response(body, { status, statusText, headers: complete });
  },
};

addPlugins([addHeaders]);
precache(shell);
cleanupOutdatedCaches();
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html')));
addRoute();

registerRoute(
  ({ url }) => onDemand.has(url.href),
  new CacheFirst({
    cacheName: onDemandCache,
    plugins: [
      addHeaders,
      { cacheKeyWillBeUsed: async ({ request }) => onDemand.get(request.url) ?? request },
    ],
  }),
);

self.addEventListener('activate', (event) => {
  // The first page that was loaded is served from here at once, so that one visit is enough.
  event.waitUntil(Promise.all([self.clients.claim(), dropOutdatedFiles()]));
});

async function dropOutdatedFiles(): Promise<void> {
  const current = new Set(onDemand.values());
  const cache = await caches.open(onDemandCache);
  const outdated = (await cache.keys()).filter(({ url }) => !current.has(url));
  await Promise.all(outdated.map((request) => cache.delete(request)));
}

self.addEventListener('message', (event) => {
  if (event.data === applyUpdate) event.waitUntil(replaceOldVersion(event.ports[0]));
});

/**
 * Other pages of the old version would miss its scripts, so an update waits until the page that asks
 * for it is the only one. Else that page is told, and need not wait.
 */
async function replaceOldVersion(page: MessagePort | undefined): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (pages.length === 1) await self.skipWaiting();
  else page?.postMessage(stays);
}
