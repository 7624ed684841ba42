import { type FormEvent, useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseLabels } from '../../labels/parse-labels';
import { useAppState } from '../app-context';
import { isComposing } from '../ui/composing';
import { countTags } from './tag-filter-store';

/** A field for tags, with those that there are as suggestions; Enter gives them. */
export function TagField({ onAdd }: { readonly onAdd: (names: readonly string[]) => void }) {
  const { t } = useTranslation();
  const tags = useAppState('library', (state) => state.tags);
  const known = useMemo(() => countTags(tags).map(({ tag }) => tag), [tags]);
  const [text, setText] = useState('');
  const listId = useId();

  function add(event: FormEvent): void {
    event.preventDefault();
    const names = parseLabels(text);
    setText('');
    if (names.length > 0) onAdd(names);
  }

  return (
    <form onSubmit={add}>
      <input
        value={text}
        onChange={({ target }) => setText(target.value)}
        // The viewer's keys are letters here, and Esc may be the input method's.
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || isComposing(event)) event.stopPropagation();
        }}
        aria-label={t('tags.add')}
        placeholder={t('tags.add')}
        list={listId}
        autoComplete="off"
        className="h-10 w-full rounded-full border border-current/25 bg-transparent px-4 text-sm placeholder:text-current/60 focus:border-current/60 focus:outline-none pointer-coarse:h-11"
      />
      <datalist id={listId}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </form>
  );
}
