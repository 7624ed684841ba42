import type { KeyboardEvent } from 'react';

/** The code of keys that an input method has taken. */
const taken = 229;

/**
 * Whether a key belongs to an input method. Safari says that composing is over before it tells of the
 * key that ended it; only the key's code still knows.
 */
export function isComposing({ nativeEvent }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === taken;
}
