import { ListChecks, MessageSquareText } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { CaptionPhotos } from '../captions/CaptionPhotos';
import { ExportMenu } from '../export/ExportMenu';
import { TagFilter } from '../tags/TagFilter';
import { Button, CompactButton } from '../ui/Button';
import { SelectionBar } from './SelectionBar';

interface LibraryToolbarProps {
  /** The photos on show: those that "select all" selects. */
  readonly ids: readonly PhotoId[];
  readonly summary: ReactNode;
}

/** What is on show; and, while photos are being selected, what to do with the selected ones. */
export function LibraryToolbar({ ids, summary }: LibraryToolbarProps) {
  const { t } = useTranslation();
  const { selection } = useApp().stores;
  const active = useAppState('selection', (state) => state.active);
  const [captioning, setCaptioning] = useState(false);
  const select = useRef<HTMLButtonElement>(null);
  const wasActive = useRef(active);

  // The control that had the focus went with the selection: the way back into it is the next best.
  useEffect(() => {
    if (wasActive.current && !active && document.activeElement === document.body) {
      select.current?.focus({ preventScroll: true });
    }
    wasActive.current = active;
  }, [active]);

  if (active) return <SelectionBar ids={ids} />;
  return (
    <div className="flex min-h-11 flex-wrap items-center pt-3">
      <div className="mr-3 min-w-24 flex-1 text-sm text-ink-soft">{summary}</div>
      <TagFilter />
      <div className="flex items-center">
        <CompactButton
          icon={MessageSquareText}
          label={t('captions.job.action')}
          onPress={() => setCaptioning(true)}
        />
        <ExportMenu ids={ids} compact />
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
      <CaptionPhotos ids={ids} isOpen={captioning} onClose={() => setCaptioning(false)} />
    </div>
  );
}
