/** Milliseconds in which whoever was just given an address has long begun to read it. */
const grace = 10_000;

/**
 * Revokes an object URL once nobody can be about to read it: an image that was given the address a
 * moment ago, and may have left the page since, would fail on a revoked one.
 */
export function revokeLater(url: string): void {
  setTimeout(() => URL.revokeObjectURL(url), grace);
}
