/** Files that folders hold for the system's own use: nobody means to import them. */

const systemNames = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', 'icon\r', '__macosx']);

/** Whether a file or folder of that name is skipped without a word: hidden ones, and the system's. */
export function isSystemFile(name: string): boolean {
  return name.startsWith('.') || name === '@eaDir' || systemNames.has(name.toLowerCase());
}
