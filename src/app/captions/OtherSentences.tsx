import { useTranslation } from 'react-i18next';
import type { CaptionLanguage } from '../../library/captions';
import { useApp } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import type { Writing } from './caption-store';

interface OtherSentencesProps {
  readonly language: CaptionLanguage;
  readonly writing: Writing;
}

/** The sentences that are not the caption; a press makes one of them the caption. */
export function OtherSentences({ language, writing }: OtherSentencesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { choose } = useApp().stores.caption.getState();
  if (writing.status === 'running' || writing.sentences.length < 2) return null;
  return (
    <section aria-labelledby="other-sentences">
      <h2 id="other-sentences" className="text-sm font-medium">
        {t('captions.others')}
      </h2>
      <ol className="mt-2 flex flex-col">
        {writing.sentences.map(({ text, match, byHand }, place) =>
          place === writing.chosen ? null : (
            <li key={text} className="border-t border-line">
              <button
                type="button"
                data-testid="caption-alternative"
                data-match={match ?? undefined}
                onClick={() => {
                  choose(language, place);
                  // The pressed one leaves the list.
                  document.getElementById('caption')?.focus();
                }}
                className="flex min-h-11 w-full items-baseline gap-4 rounded-md px-1 py-2.5 text-left hover:bg-sunken"
              >
                <span lang={language} className="min-w-0 flex-1 break-words">
                  {text}
                </span>
                {byHand && <span className="text-xs text-ink-faint">{t('captions.own')}</span>}
                {match !== null && (
                  <span className="text-sm text-ink-soft tabular-nums">
                    {format.percent(match)}
                  </span>
                )}
              </button>
            </li>
          ),
        )}
      </ol>
    </section>
  );
}
