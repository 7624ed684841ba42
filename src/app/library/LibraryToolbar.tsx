import { ListChecks, SquareCheckBig, Trash2, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { TagFilter } from '../tags/TagFilter';
import { Button, IconButton } from '../ui/Button';
import { RemovePhotos } from './RemovePhotos';

interface LibraryToolbarProps {
  /** The photos that "select all" selects. */
  readonly ids: readonly PhotoId[];
  readonly summary: ReactNode;
}

/** What is on show; and, while photos are being selected, what to do with the selected ones. */
export function LibraryToolbar({ ids, summary }: LibraryToolbarProps) {
  const { t } = useTranslation();
  const { selection } = useApp().stores;
  const { active, ids: selected } = useAppState('selection', (state) => state);
  const [confirming, setConfirming] = useState(false);
  const select = useRef<HTMLButtonElement>(null);
  const wasActive = useRef(active);

  // The control that had the focus went with the selection: the way back into it is the next best.
  useEffect(() => {
    if (wasActive.current && !active && document.activeElement === document.body) {
      select.current?.focus({ preventScroll: true });
    }
    wasActive.current = active;
  }, [active]);

  if (!active) {
    return (
      <div className="flex min-h-11 items-center justify-between gap-3 pt-3">
        <div className="text-sm text-ink-soft">{summary}</div>
        <div className="flex min-w-0 items-center">
          <TagFilter />
          <Button
            ref={select}
            size="small"
            tone="quiet"
            icon={ListChecks}
            onPress={() => selection.getState().start()}
          >
            {t('library.select')}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div
      role="toolbar"
      aria-label={t('library.select')}
      className="sticky top-[calc(var(--header-height)+0.5rem)] z-30 mt-3 flex min-h-12 items-center gap-1 rounded-full border border-line bg-raised py-0.5 pr-1 pl-1 shadow-lift"
    >
      <IconButton
        icon={X}
        label={t('library.doneSelecting')}
        onPress={() => selection.getState().stop()}
      />
      <p className="flex-1 text-sm font-medium" aria-live="polite">
        {t('library.selected', { count: selected.size })}
      </p>
      <IconButton
        icon={SquareCheckBig}
        label={t('library.selectAll')}
        onPress={() => selection.getState().set(ids)}
      />
      <Button
        size="small"
        tone="danger"
        icon={Trash2}
        isDisabled={selected.size === 0}
        onPress={() => setConfirming(true)}
      >
        {t('library.remove')}
      </Button>
      <RemovePhotos
        ids={confirming ? [...selected] : []}
        onClose={() => setConfirming(false)}
        onRemoved={() => selection.getState().stop()}
      />
    </div>
  );
}
