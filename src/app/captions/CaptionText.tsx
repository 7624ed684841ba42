import type { WordAttention } from '../../search/matching';
import type { Look } from './useLook';
import { wordsInText } from './words-in-text';

interface CaptionTextProps {
  readonly text: string;
  readonly words: readonly WordAttention[];
  readonly look: Look;
}

/** The sentence; the pointer lights up its words one by one. */
export function CaptionText({ text, words, look: { hovered, picked, hover } }: CaptionTextProps) {
  const lit = hovered ?? picked;
  return (
    <span onPointerLeave={() => hover(null)}>
      {wordsInText(text, words).map((piece, place) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have nothing but their places
          key={place}
          onPointerEnter={() => hover(piece.word)}
          className={`rounded-sm transition-colors duration-150 ${
            piece.word !== null && piece.word === lit
              ? 'bg-celadon text-on-celadon shadow-[0_0_0_0.14em_var(--celadon)]'
              : ''
          }`}
        >
          {piece.text}
        </span>
      ))}
    </span>
  );
}
