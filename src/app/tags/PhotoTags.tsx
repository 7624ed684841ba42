import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PhotoId } from '../../library/library';
import { noTags, type Tag, tagNames } from '../../library/tags';
import { useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { TagField } from './TagField';
import { useTagging } from './useTagging';

/** The tags of a photo, corrected by hand; on dark ground. */
export function PhotoTags({ id }: { readonly id: PhotoId }) {
  const { t } = useTranslation();
  const { add, remove } = useTagging([id]);
  const tags = useAppState('library', (state) => state.tags.get(id)) ?? noTags;
  return (
    <>
      <ul aria-label={t('tags.ofPhoto')} className="mb-2 flex flex-wrap gap-1.5 empty:hidden">
        {tagNames(tags).map((name) => (
          <TagChip
            key={name}
            name={name}
            sources={tags.tags.filter((tag) => tag.name === name)}
            onRemove={() => void remove(name)}
          />
        ))}
      </ul>
      <TagField onAdd={(names) => void add(names)} />
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
    <li
      data-tag={name}
      title={origin}
      className="flex min-w-0 items-center rounded-full bg-white/15 pl-3"
    >
      <span className="min-w-0 wrap-anywhere">{name}</span>
      <button
        type="button"
        aria-label={t('tags.remove', { tag: name })}
        onClick={onRemove}
        className="flex size-8 shrink-0 items-center justify-center rounded-full text-white/70 hover:text-white pointer-coarse:size-11"
      >
        <X aria-hidden="true" className="size-3.5" />
      </button>
    </li>
  );
}
