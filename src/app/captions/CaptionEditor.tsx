import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language } from '../i18n/i18n';
import { Button } from '../ui/Button';
import { isComposing } from '../ui/composing';

interface CaptionEditorProps {
  readonly text: string;
  readonly language: Language;
  /** What the button says that takes the words. */
  readonly action: string;
  readonly onSave: (text: string) => void;
  readonly onCancel: () => void;
}

/** A field for a person's own words. Enter saves, Escape leaves everything as it was. */
export function CaptionEditor({ text, language, action, onSave, onCancel }: CaptionEditorProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(text);
  const id = useId();
  const words = draft.replaceAll(/\s+/g, ' ').trim();

  function save(event?: FormEvent): void {
    event?.preventDefault();
    if (words !== '') onSave(words);
  }

  return (
    <form onSubmit={save} className="flex flex-col gap-3">
      <label htmlFor={id} className="sr-only">
        {t('captions.editLabel')}
      </label>
      <textarea
        id={id}
        lang={language}
        value={draft}
        rows={2}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to write
        autoFocus
        onFocus={({ currentTarget }) => currentTarget.select()}
        onChange={({ target }) => setDraft(target.value)}
        onKeyDown={(event) => {
          // The keys of what is around are letters here.
          event.stopPropagation();
          // Enter may also confirm a word of an input method.
          if (isComposing(event)) return;
          if (event.key === 'Escape') onCancel();
          if (event.key === 'Enter') {
            event.preventDefault();
            save();
          }
        }}
        className="field-sizing-content w-full resize-none rounded-xl border border-current/25 bg-transparent px-3 py-2 text-base outline-none focus:border-current/70"
      />
      <div className="flex gap-2">
        <Button size="small" tone="primary" type="submit" isDisabled={words === ''}>
          {action}
        </Button>
        <Button size="small" onPress={onCancel}>
          {t('app.cancel')}
        </Button>
      </div>
    </form>
  );
}
