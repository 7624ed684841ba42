import { X } from 'lucide-react';
import { type FormEvent, useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { parseLabels } from '../../labels/parse-labels';
import type { PhotoId } from '../../library/library';
import { noTags, type Tag, tagNames } from '../../library/tags';
import { useApp, useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { countTags } from './tag-filter-store';

/** The tags of a photo, corrected by hand; on dark ground. */
export function PhotoTags({ id }: { readonly id: PhotoId }) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const all = useAppState('library', (state) => state.tags);
  const known = useMemo(() => countTags(all).map(({ tag }) => tag), [all]);
  const tags = all.get(id) ?? noTags;
  const [text, setText] = useState('');
  const listId = useId();

  async function change(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown, 'storage-unavailable'));
    }
  }

  function add(event: FormEvent): void {
    event.preventDefault();
    const names = parseLabels(text);
    setText('');
    void change(async () => {
      for (const name of names) await services.library.addTag([id], name);
    });
  }

  return (
    <>
      <ul aria-label={t('tags.ofPhoto')} className="flex flex-wrap gap-1.5 empty:hidden">
        {tagNames(tags).map((name) => (
          <TagChip
            key={name}
            name={name}
            sources={tags.tags.filter((tag) => tag.name === name)}
            onRemove={() => void change(() => services.library.removeTag([id], name))}
          />
        ))}
      </ul>
      <form onSubmit={add} className="mt-2">
        <input
          value={text}
          onChange={({ target }) => setText(target.value)}
          // The viewer's keys are letters here.
          onKeyDown={(event) => event.key !== 'Escape' && event.stopPropagation()}
          aria-label={t('tags.add')}
          placeholder={t('tags.add')}
          list={listId}
          autoComplete="off"
          className="h-10 w-full rounded-full border border-white/25 bg-transparent px-4 text-sm placeholder:text-white/55 focus:border-white/60 focus:outline-none pointer-coarse:h-11"
        />
        <datalist id={listId}>
          {known.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </form>
    </>
  );
}

interface TagChipProps {
  readonly name: string;
  readonly sources: readonly Tag[];
  readonly onRemove: () => void;
}

function TagChip({ name, sources, onRemove }: TagChipProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const origin = sources
    .map(({ source }) =>
      source.kind === 'hand'
        ? t('tags.byHand')
        : t('tags.bySet', { set: source.set, percent: format.percent(source.probability) }),
    )
    .join('\n');
  return (
    <li data-tag={name} title={origin} className="flex items-center rounded-full bg-white/15 pl-3">
      {name}
      <button
        type="button"
        aria-label={t('tags.remove', { tag: name })}
        onClick={onRemove}
        className="flex size-8 items-center justify-center rounded-full text-white/70 hover:text-white pointer-coarse:size-11"
      >
        <X aria-hidden="true" className="size-3.5" />
      </button>
    </li>
  );
}
