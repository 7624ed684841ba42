/** The page's side of the service worker. */
import { applyUpdate } from './messages';

const script = 'service-worker.js';
/** Within this time a visit without a network is prepared, or the app starts without it. */
const patience = 5_000;
const reloadedKey = 'r2d2:reloaded-for-isolation';

/**
 * Resolves when the app may start: once its requests pass through the service worker, so that one
 * visit suffices for all later ones to need no network, and once the page is isolated from other
 * origins, which threads need and which takes a reload where the host does not send the headers.
 * Where there can be no service worker the app starts without it.
 */
export async function startServiceWorker(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register(script);
    if (registration.waiting && (await tookOver(registration.waiting))) return reload();
    if (!navigator.serviceWorker.controller && !registration.active) await controllerChange();
  } catch (error) {
    // Private windows and old storage may refuse; everything but the offline start works.
    console.warn('The app starts without a service worker.', error);
    return;
  }
  if (crossOriginIsolated) {
    sessionStorage.removeItem(reloadedKey);
  } else if (navigator.serviceWorker.controller && !sessionStorage.getItem(reloadedKey)) {
    sessionStorage.setItem(reloadedKey, 'yes');
    return reload();
  }
}

/** Asks a newer version to take over; false where other pages still need the old one. */
async function tookOver(waiting: ServiceWorker): Promise<boolean> {
  const before = navigator.serviceWorker.controller;
  const { port1, port2 } = new MessageChannel();
  const stays = new Promise((resolve) => {
    port1.onmessage = resolve;
  });
  waiting.postMessage(applyUpdate, [port2]);
  // Versions that are out there may not answer.
  await Promise.race([controllerChange(1_000), stays]);
  if (navigator.serviceWorker.controller !== before) return true;
  // It may only be slow. Once it takes over, files that this page has not fetched yet are gone.
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), {
    once: true,
  });
  return false;
}

/** Resolves once another service worker controls the page, or when the patience is over. */
function controllerChange(timeout = patience): Promise<void> {
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true });
    setTimeout(resolve, timeout);
  });
}

/** Reloads, and never resolves: nothing is started on a page that is about to go. */
function reload(): Promise<never> {
  location.reload();
  return new Promise(() => {});
}
