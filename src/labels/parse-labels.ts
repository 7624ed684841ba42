/** Between labels: line ends, and the commas, enumeration commas and semicolons of both languages. */
const separators = /[\n\r,，、;；]+/;

/**
 * The labels in a text, one a line or with commas, Chinese and English mixed. Each once, whatever its
 * case; inner blanks are one blank.
 */
export function parseLabels(text: string): string[] {
  const labels = new Map<string, string>();
  for (const part of text.split(separators)) {
    const label = part.trim().replace(/\s+/g, ' ').normalize('NFC');
    const key = label.toLowerCase();
    if (label !== '' && !labels.has(key)) labels.set(key, label);
  }
  return [...labels.values()];
}
