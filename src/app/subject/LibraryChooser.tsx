import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Photo, PhotoId } from '../../library/library';
import { useAppState } from '../app-context';
import { useThumbnail } from '../grid/useThumbnail';
import { photoName } from '../library/photo-name';
import { Sheet } from '../ui/Dialogs';

interface LibraryChooserProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onChoose: (id: PhotoId) => void;
}

/** A dialog with every photo of the library, to choose one of them. */
export function LibraryChooser({ isOpen, onClose, onChoose }: LibraryChooserProps) {
  const { t } = useTranslation();
  return (
    <Sheet title={t('subject.library')} isOpen={isOpen} onClose={onClose}>
      <Photos
        onChoose={(id) => {
          onChoose(id);
          onClose();
        }}
      />
    </Sheet>
  );
}

const columns = 4;

function Photos({ onChoose }: Pick<LibraryChooserProps, 'onChoose'>) {
  const photos = useAppState('library', (state) => state.photos);
  const [frame, setFrame] = useState<HTMLDivElement | null>(null);
  const height = Math.max(64, ((frame?.clientWidth ?? 640) - 16) / columns);
  const rows = useVirtualizer({
    count: Math.ceil(photos.length / columns),
    getScrollElement: () => frame,
    estimateSize: () => height,
    overscan: 4,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows are as high as the frame is wide
  useLayoutEffect(() => rows.measure(), [height, rows]);
  return (
    <div ref={setFrame} className="min-h-0 flex-1 overflow-y-auto p-2">
      <ul className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().flatMap(({ index, start }) =>
          photos.slice(index * columns, (index + 1) * columns).map((photo, column) => (
            <li
              key={photo.id}
              className="absolute p-0.5"
              style={{
                top: start,
                left: `${(column / columns) * 100}%`,
                width: `${100 / columns}%`,
                height,
              }}
            >
              <Choice photo={photo} onChoose={onChoose} />
            </li>
          )),
        )}
      </ul>
    </div>
  );
}

function Choice({
  photo,
  onChoose,
}: { readonly photo: Photo } & Pick<LibraryChooserProps, 'onChoose'>) {
  const thumbnail = useThumbnail(photo.id);
  return (
    <button
      type="button"
      aria-label={photoName(photo)}
      onClick={() => onChoose(photo.id)}
      className="size-full overflow-hidden rounded-sm bg-sunken"
    >
      {thumbnail.status === 'ready' && (
        <img src={thumbnail.url} alt="" className="size-full object-cover hover:brightness-105" />
      )}
    </button>
  );
}
