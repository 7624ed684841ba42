/** What the page tells the service worker that waits: take over, if no other page is open. */
export const applyUpdate = 'apply-update';
