import { useState } from 'react';
import { Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { AppError } from '../../errors';
import type { Match } from '../../search/matching';
import type { PhotoSource } from '../../search/photo-source';
import { useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { useAbilities } from '../status/useAbilities';
import { SubjectPhoto } from '../subject/SubjectPhoto';
import { Button } from '../ui/Button';
import { Failure } from '../ui/Failure';
import { useComposing } from '../ui/useComposing';
import { HeatMap } from './HeatMap';
import { SmallHeatMap } from './SmallHeatMap';
import { chosenAttention, type WordChoice, WordPicker } from './WordPicker';

/** Image-text matching: does this sentence describe this photo? */
export function MatchingPage() {
  const { t } = useTranslation();
  const { sentences, matches, failures, error, retry } = useAppState('match', (state) => state);
  const subject = useAppState('subject', (state) => state.subject);
  const { ranker } = useAbilities();
  const [chosen, setChosen] = useState<string | null>(null);
  const [word, setWord] = useState<WordChoice>('sentence');
  const shown = chosen !== null && sentences.includes(chosen) ? matches.get(chosen) : undefined;
  const heat = shown && chosenAttention(shown.words, word);

  function choose(sentence: string): void {
    setChosen(sentence === chosen ? null : sentence);
    setWord('sentence');
  }

  return (
    <div className="pt-6 sm:pt-8">
      <h1 className="font-serif text-2xl font-semibold sm:text-3xl">{t('matching.title')}</h1>
      <p className="mt-1.5 max-w-2xl text-ink-soft">{t('matching.lead')}</p>
      {!ranker && (
        <p role="alert" className="mt-4 rounded-xl bg-seal-wash px-4 py-3 text-sm text-seal-ink">
          {t('matching.noRanker')}
        </p>
      )}
      <div className="mt-6 grid items-start gap-8 lg:grid-cols-[3fr_2fr] lg:gap-10">
        <SubjectPhoto>
          {heat && <HeatMap attention={heat.attention} subject={heat.subject} />}
        </SubjectPhoto>
        <div className="flex flex-col gap-5">
          <Sentences />
          {error && error.code !== 'graph-missing' && <Failure error={error} onRetry={retry} />}
          {ranker && !subject && (
            <p role="status" className="text-sm text-ink-soft">
              {t('matching.needsPhoto')}
            </p>
          )}
          {ranker && subject && (
            <ul aria-label={t('matching.results')} className="flex flex-col gap-2">
              {sentences.map((sentence) => (
                <li key={sentence}>
                  <Announcement sentence={sentence} match={matches.get(sentence)} />
                  <SentenceMatch
                    subject={subject}
                    sentence={sentence}
                    match={matches.get(sentence)}
                    failure={failures.get(sentence)}
                    isChosen={sentence === chosen}
                    onChoose={() => choose(sentence)}
                    word={word}
                    onWord={setWord}
                  />
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </div>
  );
}

function Sentences() {
  const { t } = useTranslation();
  const { text, setText } = useAppState('match', (state) => state);
  const typed = useComposing(text, setText);
  return (
    <TextField {...typed} className="flex flex-col gap-2">
      <Label className="text-sm font-medium">{t('matching.sentences')}</Label>
      <TextArea
        rows={3}
        placeholder={t('matching.placeholder')}
        spellCheck={false}
        className="field-sizing-content max-h-72 min-h-24 w-full resize-y rounded-2xl border border-line-strong bg-surface px-4 py-3 text-base placeholder:text-ink-faint data-focused:border-celadon data-focused:outline-2 data-focused:-outline-offset-1 data-focused:outline-celadon"
      />
    </TextField>
  );
}

interface AnnouncementProps {
  readonly sentence: string;
  readonly match: Match | undefined;
}

/** For screen readers: the probability, once it is known. */
function Announcement({ sentence, match }: AnnouncementProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <p role="status" className="sr-only">
      {match && t('matching.announce', { sentence, percent: format.percent(match.calibrated) })}
    </p>
  );
}

interface SentenceMatchProps extends AnnouncementProps {
  readonly subject: PhotoSource;
  /** Why there is no match and will be none. */
  readonly failure: AppError | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly word: WordChoice;
  readonly onWord: (word: WordChoice) => void;
}

function SentenceMatch({
  subject,
  sentence,
  match,
  failure,
  isChosen,
  onChoose,
  word,
  onWord,
}: SentenceMatchProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const heat = match && isChosen && chosenAttention(match.words, word);
  const waiting = useAppState('match', ({ running }) => running) && !match && !failure;
  const sentences = failure && errorSentences(failure);
  return (
    <article
      data-testid="match"
      data-sentence={sentence}
      data-probability={match?.probability}
      aria-busy={waiting}
      className="rounded-2xl border border-line bg-surface px-4 py-3"
    >
      <div className="flex items-baseline justify-between gap-4">
        <h2 className="min-w-0 font-medium">{sentence}</h2>
        <p className="shrink-0 text-xl font-semibold tabular-nums">
          {match ? format.percent(match.calibrated) : failure ? '–' : '…'}
        </p>
      </div>
      <div aria-hidden="true" className="mt-2 h-1.5 overflow-hidden rounded-full bg-sunken">
        <div
          className="h-full rounded-full bg-celadon transition-[width] duration-300"
          style={{ width: `${(match?.calibrated ?? 0) * 100}%` }}
        />
      </div>
      {sentences && (
        <p role="alert" className="mt-2 text-sm text-seal-ink">
          {inARow(sentences.what, sentences.remedy)}
        </p>
      )}
      {match && (
        <div className="mt-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <dl className="flex flex-wrap gap-x-4 text-xs text-ink-faint tabular-nums">
            <Figure term={t('matching.raw')} value={match.probability} />
            {match.heads && (
              <>
                <Figure term={t('matching.textHead')} value={match.heads.text} />
                <Figure term={t('matching.imageHead')} value={match.heads.image} />
              </>
            )}
          </dl>
          {match.words.length > 0 && (
            <div className="-mr-2 ml-auto">
              <Button
                size="small"
                tone="quiet"
                aria-expanded={isChosen}
                onPress={onChoose}
                aria-label={t(isChosen ? 'matching.hideHeatFor' : 'matching.showHeatFor', {
                  sentence,
                })}
              >
                {isChosen ? t('matching.hideHeat') : t('matching.showHeat')}
              </Button>
            </div>
          )}
        </div>
      )}
      {match && isChosen && (
        <div className="mt-2 flex flex-col gap-3 border-t border-line pt-3">
          <WordPicker words={match.words} choice={word} onChoose={onWord} />
          {heat && <SmallHeatMap subject={subject} attention={heat.attention} />}
        </div>
      )}
    </article>
  );
}

function Figure({ term, value }: { readonly term: string; readonly value: number }) {
  const format = useFormat();
  return (
    <div className="flex gap-1.5">
      <dt>{term}</dt>
      <dd>{format.number(value, 3)}</dd>
    </div>
  );
}
