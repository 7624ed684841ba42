/** The caption as an HTML attribute, ready to be pasted into an `img`. */
export function altAttribute(caption: string): string {
  const escaped = caption
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;');
  return `alt="${escaped}"`;
}
