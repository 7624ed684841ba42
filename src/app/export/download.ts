/** Hands a file that the page has made to the person. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has been handed over by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
