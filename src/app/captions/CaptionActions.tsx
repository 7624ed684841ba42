import { CodeXml, Copy, Pencil, RotateCw, ScanEye, Square } from 'lucide-react';
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { CaptionLanguage } from '../../library/captions';
import { useApp, useAppState } from '../app-context';
import { Button } from '../ui/Button';
import { altAttribute } from './alt-text';
import type { Writing } from './caption-store';
import { KeepCaption } from './KeepCaption';
import { useCopy } from './useCopy';
import type { Look } from './useLook';

interface CaptionActionsProps {
  readonly language: CaptionLanguage;
  readonly writing: Writing;
  readonly look: Look;
  readonly editButton: Ref<HTMLButtonElement>;
  readonly onEdit: () => void;
}

/** Stop while it is being written; then look, copy, edit, write again, keep. */
export function CaptionActions({
  language,
  writing,
  look,
  editButton,
  onEdit,
}: CaptionActionsProps) {
  const { t } = useTranslation();
  const { write, stop } = useApp().stores.caption.getState();
  const subject = useAppState('subject', (state) => state.subject);
  const copy = useCopy();
  const running = writing.status === 'running';
  const sentence = running ? undefined : writing.sentences[writing.chosen];
  const again = writing.status === 'failed' ? t('app.retry') : t('captions.again');

  return (
    <>
      <div className="flex flex-wrap gap-2">
        {sentence && (
          <>
            {sentence.words.length > 0 && (
              <Button
                size="small"
                icon={ScanEye}
                aria-expanded={look.picked !== null}
                onPress={() => look.pick(look.picked === null ? 'sentence' : null)}
              >
                {look.picked === null ? t('captions.look') : t('captions.lookHide')}
              </Button>
            )}
            <Button
              size="small"
              icon={Copy}
              onPress={() => void copy(sentence.text, t('captions.copied'))}
            >
              {t('captions.copy')}
            </Button>
            <Button
              size="small"
              icon={CodeXml}
              aria-label={t('captions.copyAlt')}
              onPress={() => {
                const alt = altAttribute(sentence.text);
                void copy(alt, t('captions.copiedAlt', { alt }));
              }}
            >
              {t('captions.alt')}
            </Button>
            <Button ref={editButton} size="small" icon={Pencil} onPress={onEdit}>
              {t('captions.edit')}
            </Button>
          </>
        )}
        {/* One button, so that it keeps the focus. */}
        <Button
          size="small"
          icon={running ? Square : RotateCw}
          onPress={() => (running ? stop() : void write(language))}
        >
          {running ? t('captions.stop') : again}
        </Button>
      </div>
      {sentence &&
        (subject?.kind === 'library' ? (
          <KeepCaption id={subject.id} language={language} text={sentence.text} />
        ) : (
          <p className="text-xs text-ink-faint">{t('captions.keepNeedsLibrary')}</p>
        ))}
    </>
  );
}
