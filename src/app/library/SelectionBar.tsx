import { MessageSquareText, SquareCheckBig, Tag, Trash2, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { CaptionPhotos } from '../captions/CaptionPhotos';
import { ExportMenu } from '../export/ExportMenu';
import { TagSelection } from '../tags/TagSelection';
import { CompactButton, IconButton } from '../ui/Button';
import { RemovePhotos } from './RemovePhotos';

/** What can be done with the selected photos; `ids` are those that "select all" selects. */
export function SelectionBar({ ids }: { readonly ids: readonly PhotoId[] }) {
  const { t } = useTranslation();
  const { selection } = useApp().stores;
  const selected = useAppState('selection', (state) => state.ids);
  const selectedIds = useMemo(() => [...selected], [selected]);
  const [doing, setDoing] = useState<'tag' | 'caption' | 'remove' | null>(null);
  const none = selected.size === 0;
  const done = () => setDoing(null);
  const { stop, set } = selection.getState();

  return (
    <div
      role="toolbar"
      aria-label={t('library.select')}
      className="sticky top-[calc(var(--header-height)+0.5rem)] z-30 mt-3 flex min-h-12 flex-wrap items-center gap-0.5 rounded-3xl border border-line bg-raised py-0.5 pr-1 pl-1 shadow-lift sm:gap-1"
    >
      <IconButton icon={X} label={t('library.doneSelecting')} onPress={stop} />
      {/* Where the actions leave no room beside it, they go below it. */}
      <p className="min-w-16 flex-1 truncate text-sm font-medium" aria-live="polite">
        {t('library.selected', { count: selected.size })}
      </p>
      <div className="ml-auto flex gap-0.5 sm:gap-1">
        <CompactButton
          icon={SquareCheckBig}
          label={t('library.selectAll')}
          onPress={() => set(ids)}
        />
        <CompactButton
          icon={Tag}
          label={t('tags.tagSelected')}
          isDisabled={none}
          onPress={() => setDoing('tag')}
        />
        <CompactButton
          icon={MessageSquareText}
          label={t('captions.job.action')}
          isDisabled={none}
          onPress={() => setDoing('caption')}
        />
        <ExportMenu ids={selectedIds} compact />
        <CompactButton
          icon={Trash2}
          tone="danger"
          label={t('library.remove')}
          isDisabled={none}
          onPress={() => setDoing('remove')}
        />
      </div>
      <TagSelection ids={selectedIds} isOpen={doing === 'tag'} onClose={done} />
      <CaptionPhotos
        ids={selectedIds}
        isOpen={doing === 'caption'}
        onClose={done}
        onStarted={stop}
      />
      <RemovePhotos ids={doing === 'remove' ? selectedIds : []} onClose={done} />
    </div>
  );
}
