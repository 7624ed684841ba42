import { useEffect, useState } from 'react';
import type { WordChoice } from '../matching/WordPicker';
import type { Sentence } from './caption-store';

/** Which word of the caption shows what part of the photo it matches. */
export interface Look {
  /** The word under the pointer. */
  readonly hovered: number | null;
  /** The choice in the word picker; null while it is closed. */
  readonly picked: WordChoice | null;
  readonly hover: (word: number | null) => void;
  readonly pick: (choice: WordChoice | null) => void;
}

/** No word shows anything once there is another sentence. */
export function useLook(sentence: Sentence | undefined): Look {
  const [hovered, hover] = useState<number | null>(null);
  const [picked, pick] = useState<WordChoice | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other sentences have other words
  useEffect(() => {
    hover(null);
    pick(null);
  }, [sentence?.text]);
  return { hovered, picked, hover, pick };
}
