/** What the page tells the service worker that waits: take over, if no other page is open. */
export const applyUpdate = 'apply-update';
/** What it answers, by the port that came along, where it does not: another page is open. */
export const stays = 'stays';
