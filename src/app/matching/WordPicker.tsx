import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { WordAttention } from '../../search/matching';
import { meanAttention } from './heat';
import { useLooksAt } from './useLooksAt';

/** A word by its place, or the whole sentence. */
export type WordChoice = number | 'sentence';

/** The attention of the chosen word, or the mean over the sentence; null without words. */
export function chosenAttention(
  words: readonly WordAttention[],
  choice: WordChoice,
): { readonly subject: string | null; readonly attention: Float32Array } | null {
  if (words.length === 0) return null;
  const word = choice === 'sentence' ? undefined : words[choice];
  if (word) return { subject: word.word, attention: word.attention };
  return { subject: null, attention: meanAttention(words.map(({ attention }) => attention)) };
}

interface WordPickerProps {
  readonly words: readonly WordAttention[];
  readonly choice: WordChoice;
  readonly onChoose: (choice: WordChoice) => void;
  /** On dark ground, whatever the theme. */
  readonly onPhoto?: boolean;
}

/** The words of a sentence; arrow keys lead through them, and what part each matches is said. */
export function WordPicker({ words, choice, onChoose, onPhoto = false }: WordPickerProps) {
  const { t } = useTranslation();
  const looksAt = useLooksAt();
  const chosen = chosenAttention(words, choice);
  if (!chosen) return null;
  const colours = onPhoto
    ? 'text-white/85 data-hovered:bg-white/15 data-selected:bg-white data-selected:text-black'
    : 'text-ink-soft data-hovered:bg-sunken data-selected:bg-celadon data-selected:text-on-celadon';
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <ToggleButtonGroup
        aria-label={t('matching.words')}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[String(choice)]}
        onSelectionChange={(keys) => {
          const [key] = keys;
          onChoose(key === undefined || key === 'sentence' ? 'sentence' : Number(key));
        }}
        className="flex flex-wrap gap-1"
      >
        {(['sentence', ...words.keys()] as const).map((key) => (
          <ToggleButton
            key={key}
            id={String(key)}
            className={`min-h-9 min-w-9 rounded-full px-3 text-sm transition-colors pointer-coarse:min-h-11 pointer-coarse:min-w-11 ${colours} ${
              key === 'sentence' ? 'italic' : 'font-medium'
            }`}
          >
            {key === 'sentence' ? t('matching.wholeSentence') : words[key]?.word}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <p role="status" className={`text-sm ${onPhoto ? 'text-white/75' : 'text-ink-soft'}`}>
        {looksAt(chosen.subject, chosen.attention)}
      </p>
    </div>
  );
}
