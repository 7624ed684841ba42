import { useEffect, useState } from 'react';
import { AppError } from '../../errors';
import type { PhotoId } from '../../library/library';
import type { Match } from '../../search/matching';
import { useApp } from '../app-context';
import { chosenAttention, type WordChoice, WordPicker } from '../matching/WordPicker';

interface WhyState {
  readonly match: Match | null;
  readonly word: WordChoice;
  readonly setWord: (word: WordChoice) => void;
}

/** Reads a query together with one photo, as the re-ranking did; null queries read nothing. */
export function useWhy(id: PhotoId, query: string | null): WhyState {
  const { services, stores } = useApp();
  const [match, setMatch] = useState<Match | null>(null);
  const [word, setWord] = useState<WordChoice>('sentence');
  useEffect(() => {
    setMatch(null);
    setWord('sentence');
    if (query === null) return;
    const controller = new AbortController();
    services.matching.match({ kind: 'library', id }, query, controller.signal).then(
      (found) => !controller.signal.aborted && setMatch(found),
      (thrown) => stores.notices.getState().showError(AppError.from(thrown)),
    );
    return () => controller.abort();
  }, [id, query, services, stores]);
  return { match, word, setWord };
}

/** What the heat map over the photo shows. */
export function whyAttention({ match, word }: Pick<WhyState, 'match' | 'word'>) {
  return match && chosenAttention(match.words, word);
}

/** The words of the query, at the foot of the photo. */
export function WhyWords({ match, word, setWord }: WhyState) {
  if (!match) return null;
  return (
    <div className="border-t border-white/10 bg-[#161816] px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <WordPicker onPhoto words={match.words} choice={word} onChoose={setWord} />
    </div>
  );
}
