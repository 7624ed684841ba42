import { type LucideIcon, Pencil, Sparkles, Square, Trash2 } from 'lucide-react';
import { type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { CaptionLanguage, CaptionSource } from '../../library/captions';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { languageNames, languages } from '../i18n/i18n';
import { useFormat } from '../i18n/useFormat';
import { useAbilities } from '../status/useAbilities';
import { Confirm } from '../ui/Dialogs';
import { CaptionEditor } from './CaptionEditor';
import { useReturnFocus } from './useReturnFocus';
import { useWriteCaption } from './useWriteCaption';

/** The captions that are kept with a photo, one a language, to be written and edited; on dark ground. */
export function PhotoCaptions({ id }: { readonly id: PhotoId }) {
  return (
    <ul className="flex flex-col gap-3">
      {languages.map((language) => (
        <li key={language} data-testid="kept-caption" data-language={language}>
          <PhotoCaption id={id} language={language} />
        </li>
      ))}
    </ul>
  );
}

interface PhotoCaptionProps {
  readonly id: PhotoId;
  readonly language: CaptionLanguage;
}

function PhotoCaption({ id, language }: PhotoCaptionProps) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const kept = useAppState('library', (state) => state.captions.get(id)?.[language]);
  const { captioner } = useAbilities();
  const { text, write, stop } = useWriteCaption(id, language);
  const [editing, setEditing] = useState(false);
  const [written, setWritten] = useState(false);
  const [removing, setRemoving] = useState(false);
  const editButton = useReturnFocus(editing);
  const name = languageNames[language];

  async function change(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown, 'storage-unavailable'));
    }
  }

  function save(words: string): void {
    setEditing(false);
    if (words === kept?.text) return;
    void change(() =>
      services.library.setCaption(id, language, { text: words, source: { kind: 'hand' } }),
    );
  }

  async function remove(): Promise<void> {
    await change(() => services.library.removeCaption(id, language));
    editButton.current?.focus();
  }

  return (
    <>
      <div className="flex min-h-9 items-center gap-1">
        <h3 lang={language} className="flex-1 text-xs text-white/60">
          {name}
        </h3>
        {!editing && captioner && kept?.source.kind !== 'hand' && (
          <Tool
            icon={text === null ? Sparkles : Square}
            label={text === null ? t('captions.writeIn', { language: name }) : t('captions.stop')}
            onPress={text === null ? () => void write().then(() => setWritten(true)) : stop}
          />
        )}
        {!editing && text === null && (
          <>
            <Tool
              ref={editButton}
              icon={Pencil}
              label={t('captions.editIn', { language: name })}
              onPress={() => setEditing(true)}
            />
            {kept && (
              <Tool
                icon={Trash2}
                label={t('captions.removeIn', { language: name })}
                // A model's words can be written again; a person's are gone.
                onPress={() => (kept.source.kind === 'hand' ? setRemoving(true) : void remove())}
              />
            )}
          </>
        )}
      </div>
      {editing && (
        <CaptionEditor
          text={kept?.text ?? ''}
          language={language}
          action={t('captions.save')}
          onSave={save}
          onCancel={() => setEditing(false)}
        />
      )}
      {text !== null && (
        <p lang={language} aria-busy="true" className="animate-pulse text-base leading-relaxed">
          {text || t('captions.looking')}
        </p>
      )}
      <p role="status" className="sr-only">
        {text !== null && t('captions.looking')}
        {text === null && written && kept && t('captions.announce', { text: kept.text })}
      </p>
      {!editing &&
        text === null &&
        (kept ? (
          <>
            <p lang={language} className="text-base leading-relaxed">
              {kept.text}
            </p>
            <p className="mt-0.5 text-xs text-white/60">
              <Author source={kept.source} />
            </p>
          </>
        ) : (
          <p className="text-white/70">{t('captions.none')}</p>
        ))}
      <Confirm
        isOpen={removing}
        title={t('captions.removeTitle')}
        text={t('captions.removeText', { text: kept?.text ?? '' })}
        action={t('captions.remove')}
        onConfirm={() => void remove()}
        onClose={() => setRemoving(false)}
      />
    </>
  );
}

function Author({ source }: { readonly source: CaptionSource }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (source.kind === 'hand') return t('captions.byHand');
  const { modelKey: model, match } = source;
  return match === null
    ? t('captions.byModel', { model })
    : t('captions.byModelMatch', { model, percent: format.percent(match) });
}

interface ToolProps {
  readonly ref?: Ref<HTMLButtonElement>;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly onPress: () => void;
}

function Tool({ ref, icon: Icon, label, onPress }: ToolProps) {
  return (
    <button
      ref={ref}
      type="button"
      aria-label={label}
      title={label}
      onClick={onPress}
      className="flex size-9 items-center justify-center rounded-full text-white/80 hover:bg-white/15 hover:text-white pointer-coarse:size-11"
    >
      <Icon aria-hidden="true" className="size-4" strokeWidth={1.8} />
    </button>
  );
}
