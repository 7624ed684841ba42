/** Choices that are kept across visits; they are a convenience, so blocked storage reads as none. */

export function readSaved(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Null forgets what was saved. */
export function save(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch (cause) {
    console.warn(`The setting ${key} holds for this visit only.`, cause);
  }
}

/** What the address asks for would win over the choice at the next visit. */
export function forgetParameter(name: string): void {
  const address = new URL(location.href);
  address.searchParams.delete(name);
  history.replaceState(history.state, '', address);
}
