import { type LucideIcon, MessageSquareText, SquareCheckBig, Tag, Trash2, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { CaptionPhotos } from '../captions/CaptionPhotos';
import { ExportMenu } from '../export/ExportMenu';
import { TagSelection } from '../tags/TagSelection';
import { Button, type ButtonTone, IconButton } from '../ui/Button';
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
      className="sticky top-[calc(var(--header-height)+0.5rem)] z-30 mt-3 flex min-h-12 items-center gap-0.5 rounded-full border border-line bg-raised py-0.5 pr-1 pl-1 shadow-lift sm:gap-1"
    >
      <IconButton icon={X} label={t('library.doneSelecting')} onPress={stop} />
      <p className="min-w-0 flex-1 truncate text-sm font-medium" aria-live="polite">
        {t('library.selected', { count: selected.size })}
      </p>
      <Action icon={SquareCheckBig} label={t('library.selectAll')} onPress={() => set(ids)} />
      <Action
        icon={Tag}
        label={t('tags.tagSelected')}
        isDisabled={none}
        onPress={() => setDoing('tag')}
      />
      <Action
        icon={MessageSquareText}
        label={t('captions.job.action')}
        isDisabled={none}
        onPress={() => setDoing('caption')}
      />
      <div className="max-sm:hidden">
        <ExportMenu ids={selectedIds} tone="quiet" size="small" compact />
      </div>
      <Action
        icon={Trash2}
        tone="danger"
        label={t('library.remove')}
        isDisabled={none}
        onPress={() => setDoing('remove')}
      />
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

interface ActionProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly tone?: ButtonTone;
  readonly isDisabled?: boolean;
  readonly onPress: () => void;
}

/** A button whose words show where there is room for them. */
function Action({ label, tone = 'quiet', ...props }: ActionProps) {
  return (
    <Button {...props} tone={tone} size="small">
      <span className="max-md:sr-only">{label}</span>
    </Button>
  );
}
