import { Check, ImageOff } from 'lucide-react';
import type { MouseEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { useKeptCaption } from '../captions/useKeptCaption';
import { withCommas } from '../i18n/with-commas';
import { useThumbnail } from './useThumbnail';

interface PhotoTileProps {
  readonly id: PhotoId;
  readonly name: string;
  readonly tabIndex: 0 | -1;
  /** The order that the viewer and a range selection follow. */
  readonly order: readonly PhotoId[];
  /** Laid over the photo. */
  readonly children?: ReactNode;
}

/** A photo in a grid: opens the viewer, or is ticked while photos are being selected. */
export function PhotoTile({ id, name, tabIndex, order, children }: PhotoTileProps) {
  const { t } = useTranslation();
  const { viewer, selection } = useApp().stores;
  const selecting = useAppState('selection', ({ active }) => active);
  const selected = useAppState('selection', ({ ids }) => ids.has(id));
  const thumbnail = useThumbnail(id);
  const caption = useKeptCaption(id);

  function onClick(event: MouseEvent): void {
    if (selecting) selection.getState().toggle(id, event.shiftKey ? order : undefined);
    else viewer.getState().open(id, order);
  }

  return (
    <button
      type="button"
      data-control
      tabIndex={tabIndex}
      onClick={onClick}
      aria-label={caption ? withCommas(name, caption.text) : name}
      {...(selecting ? { role: 'checkbox', 'aria-checked': selected } : {})}
      className={`group relative block size-full overflow-hidden bg-sunken transition-[border-radius,scale] duration-150 ${
        selected ? 'scale-93 rounded-xl' : 'rounded-sm'
      }`}
    >
      {thumbnail.status === 'ready' && (
        <img
          src={thumbnail.url}
          alt={caption?.text ?? ''}
          lang={caption?.language}
          draggable={false}
          decoding="async"
          className={`size-full object-cover transition-[filter] duration-200 group-hover:brightness-105 ${
            thumbnail.instant ? '' : 'animate-appear'
          }`}
        />
      )}
      {thumbnail.status === 'broken' && (
        <span className="flex size-full flex-col items-center justify-center gap-2 p-2 text-xs text-ink-faint">
          <ImageOff aria-hidden="true" className="size-5" />
          {t('library.thumbnailBroken')}
        </span>
      )}
      {children}
      {selecting && (
        <span
          aria-hidden="true"
          className={`absolute top-2 left-2 flex size-6 items-center justify-center rounded-full border-2 border-white shadow-md ${
            selected ? 'bg-celadon' : 'bg-black/25'
          }`}
        >
          {selected && <Check className="size-4 text-on-celadon" strokeWidth={3} />}
        </span>
      )}
    </button>
  );
}
