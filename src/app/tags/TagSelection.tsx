import { CheckCheck, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoId } from '../../library/library';
import { noTags } from '../../library/tags';
import { useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { IconButton } from '../ui/Button';
import { Confirm, SmallDialog } from '../ui/Dialogs';
import { TagField } from './TagField';
import { countTags } from './tag-filter-store';
import { useTagging } from './useTagging';

interface TagSelectionProps {
  readonly ids: readonly PhotoId[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Gives tags to many photos at once, and takes them away. */
export function TagSelection({ ids, isOpen, onClose }: TagSelectionProps) {
  const { t } = useTranslation();
  return (
    <SmallDialog
      title={t('tags.selection', { count: ids.length })}
      isOpen={isOpen}
      onClose={onClose}
    >
      <Tags ids={ids} />
    </SmallDialog>
  );
}

function Tags({ ids }: { readonly ids: readonly PhotoId[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { add, remove } = useTagging(ids);
  const all = useAppState('library', (state) => state.tags);
  const counts = useMemo(
    () => countTags(new Map(ids.map((id) => [id, all.get(id) ?? noTags]))),
    [ids, all],
  );
  const [asked, setAsked] = useState<{ readonly tag: string; readonly count: number } | null>(null);

  return (
    <>
      <TagField onAdd={(names) => void add(names)} />
      {counts.length === 0 ? (
        <p className="text-sm text-ink-soft">{t('tags.selectionNone')}</p>
      ) : (
        <ul
          aria-label={t('tags.ofPhoto')}
          className="-mx-2 flex max-h-80 flex-col divide-y divide-line overflow-y-auto"
        >
          {counts.map(({ tag, count }) => (
            <li key={tag} data-tag={tag} className="flex min-h-12 items-center gap-2 px-2">
              <span className="min-w-0 flex-1 text-sm font-medium break-words">{tag}</span>
              <span className="text-sm text-ink-soft tabular-nums">
                {count === ids.length
                  ? t('tags.onAll')
                  : t('indexing.progress', {
                      done: format.number(count),
                      total: format.number(ids.length),
                    })}
              </span>
              {count < ids.length && (
                <IconButton
                  icon={CheckCheck}
                  label={t('tags.giveToAll', { tag })}
                  onPress={() => void add([tag])}
                />
              )}
              <IconButton
                icon={X}
                label={t('tags.remove', { tag })}
                onPress={() => (count > 1 ? setAsked({ tag, count }) : void remove(tag))}
              />
            </li>
          ))}
        </ul>
      )}
      <Confirm
        isOpen={asked !== null}
        title={t('tags.removeTitle', { tag: asked?.tag ?? '', count: asked?.count ?? 0 })}
        text={t('tags.removeText')}
        action={t('tags.removeAction')}
        onConfirm={() => asked && void remove(asked.tag)}
        onClose={() => setAsked(null)}
      />
    </>
  );
}
