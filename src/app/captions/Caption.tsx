import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { CaptionLanguage } from '../../library/captions';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { SmallHeatMap } from '../matching/SmallHeatMap';
import { chosenAttention, WordPicker } from '../matching/WordPicker';
import { CaptionActions } from './CaptionActions';
import { CaptionEditor } from './CaptionEditor';
import { CaptionText } from './CaptionText';
import type { Writing } from './caption-store';
import { MatchMeter } from './MatchMeter';
import type { Look } from './useLook';
import { useReturnFocus } from './useReturnFocus';

interface CaptionProps {
  readonly language: CaptionLanguage;
  readonly writing: Writing;
  readonly look: Look;
}

/** The caption as it is being written, and what to do with it once it is there. */
export function Caption({ language, writing, look }: CaptionProps) {
  const { t } = useTranslation();
  const { stores } = useApp();
  const subject = useAppState('subject', (state) => state.subject);
  const kept = useAppState('library', ({ captions }) =>
    subject?.kind === 'library' ? captions.get(subject.id)?.[language]?.text : undefined,
  );
  const [editing, setEditing] = useState(false);
  const editButton = useReturnFocus(editing);
  const { status, stage, error } = writing;
  const running = status === 'running';
  const sentence = writing.sentences[writing.chosen];
  const picked = sentence && look.picked !== null && chosenAttention(sentence.words, look.picked);

  function save(text: string): void {
    setEditing(false);
    stores.caption
      .getState()
      .edit(language, text)
      .catch((thrown) => stores.notices.getState().showError(AppError.from(thrown)));
  }

  return (
    <section
      aria-label={t('captions.caption')}
      className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-5"
    >
      {editing ? (
        <>
          <CaptionEditor
            text={sentence?.text ?? ''}
            language={language}
            action={subject?.kind === 'library' ? t('captions.save') : t('captions.use')}
            onSave={save}
            onCancel={() => setEditing(false)}
          />
          {kept !== undefined && kept !== sentence?.text && (
            <p className="text-xs text-ink-faint">{t('captions.replaces', { text: kept })}</p>
          )}
        </>
      ) : (
        <p
          id="caption"
          tabIndex={-1}
          data-testid="caption"
          data-state={status === 'stopped' ? 'done' : status}
          data-language={language}
          data-match={sentence?.match ?? undefined}
          lang={language}
          aria-busy={running}
          // Scripts that wait for it to be visible find it before the first word, too.
          className={`font-serif text-2xl leading-normal break-words outline-none min-h-px empty:-mb-4 ${
            running && stage === 'writing' && sentence
              ? 'after:ml-1 after:inline-block after:h-[0.9em] after:w-0.5 after:translate-y-[0.1em] after:animate-pulse after:bg-celadon'
              : ''
          }`}
        >
          {sentence && <CaptionText text={sentence.text} words={sentence.words} look={look} />}
        </p>
      )}
      <Progress writing={writing} />
      {error && <Failure error={error} />}
      {!running && !editing && sentence && (
        <>
          {sentence.match !== null && <MatchMeter match={sentence.match} />}
          {look.picked !== null && (
            <WordPicker words={sentence.words} choice={look.picked} onChoose={look.pick} />
          )}
          {subject && picked && <SmallHeatMap subject={subject} attention={picked.attention} />}
        </>
      )}
      {!editing && (
        <CaptionActions
          language={language}
          writing={writing}
          look={look}
          editButton={editButton}
          onEdit={() => setEditing(true)}
        />
      )}
    </section>
  );
}

/** What is going on; for screen readers the caption, too, once it is there. */
function Progress({ writing }: { readonly writing: Writing }) {
  const { t } = useTranslation();
  const engineStatus = useAppState('engine', (state) => state.status);
  const { status, stage, sentences, chosen } = writing;
  const text = sentences[chosen]?.text ?? '';
  if (status !== 'running') {
    return (
      <p role="status" className="sr-only">
        {status !== 'failed' && t('captions.announce', { text })}
      </p>
    );
  }
  return (
    <p role="status" className="animate-pulse text-sm text-ink-soft">
      {engineStatus !== 'ready' && t('captions.waiting')}
      {engineStatus === 'ready' && text === '' && t('captions.looking')}
      {text !== '' && (stage === 'writing' ? t('captions.writing') : t('captions.comparing'))}
    </p>
  );
}

function Failure({ error }: { readonly error: AppError }) {
  const { what, remedy } = errorSentences(error);
  return (
    <p role="alert" className="text-sm text-seal-ink">
      {inARow(what, remedy)}
    </p>
  );
}
