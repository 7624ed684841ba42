/** Files that folders hold beside photos: nobody means to import them. */

const systemNames = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', 'icon\r', '__macosx']);

/**
 * Whether a file or folder of that name is skipped without a word: hidden ones, the system's, and
 * sidecars.
 */
export function isSystemFile(name: string): boolean {
  const lowerCase = name.toLowerCase();
  return (
    name.startsWith('.') ||
    name === '@eaDir' ||
    lowerCase.endsWith('.xmp') ||
    systemNames.has(lowerCase)
  );
}
