import {
  ChevronLeft,
  ChevronRight,
  Download,
  ExternalLink,
  Info,
  Lightbulb,
  Maximize,
  Trash2,
  X,
  ZoomIn,
  ZoomOut,
} from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isOffered } from '../../engine/engine';
import type { Photo, PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { useKeptCaption } from '../captions/useKeptCaption';
import { useThumbnail } from '../grid/useThumbnail';
import { photoName } from '../library/photo-name';
import { RemovePhotos } from '../library/RemovePhotos';
import { HeatMap } from '../matching/HeatMap';
import { IconButton } from '../ui/Button';
import { PhotoDetails } from './PhotoDetails';
import { PhotoLink } from './PhotoLink';
import { PreviewNote } from './PreviewNote';
import type { Pictures } from './pictures';
import { useElementSize } from './useElementSize';
import { usePicture } from './usePicture';
import { useViewerKeys, zoomStep } from './useViewerKeys';
import { useZoomGestures } from './useZoomGestures';
import { useWhy, WhyWords, whyAttention } from './WhyThisPhoto';
import { fittedSize } from './zoom';

interface PhotoViewProps {
  readonly photo: Photo;
  readonly order: readonly PhotoId[];
  readonly pictures: Pictures;
}

/** One photo with its controls and, on demand, its details. */
export function PhotoView({ photo, order, pictures }: PhotoViewProps) {
  const { t } = useTranslation();
  const { viewer } = useApp().stores;
  const showDetails = useAppState('viewer', (state) => state.showDetails);
  const { step, close, toggleDetails, toggleWhy } = viewer.getState();
  const [removing, setRemoving] = useState(false);
  const root = useRef<HTMLElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const frameSize = useElementSize(frame);
  const content = useMemo(() => fittedSize(photo, frameSize), [photo, frameSize]);
  const zoom = useZoomGestures({ frame, content, onSwipe: step });
  const thumbnail = useThumbnail(photo.id);
  const position = order.indexOf(photo.id);
  const neighbours = [order[position + 1], order[position - 1]].filter((id) => id !== undefined);
  const { picture, requestOriginal } = usePicture(pictures, photo.id, neighbours);
  const name = photoName(photo);
  const place = { position: position + 1, total: order.length };
  const caption = useKeptCaption(photo.id);
  const query = useAppState('search', ({ update }) =>
    update?.hits.some(({ photoId }) => photoId === photo.id) ? update.query : null,
  );
  const hasRanker = useAppState(
    'engine',
    (state) => state.status === 'ready' && isOffered(state, 'ranker'),
  );
  const asksWhy = useAppState('viewer', (state) => state.asksWhy);
  const why = useWhy(photo.id, asksWhy ? query : null);
  const heat = whyAttention(why);
  const { scale, offset } = zoom.view;
  const onKeyDown = useViewerKeys(zoom, () => setRemoving(true));

  // Each photo is a new component; the keys must go on working after the step to it.
  useEffect(() => root.current?.focus(), []);

  return (
    <section
      ref={root}
      aria-label={t('viewer.title', { ...place, name })}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="flex h-full flex-col text-white outline-none lg:flex-row"
    >
      <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
        <div className="absolute inset-x-0 top-0 z-10 flex items-center gap-0.5 bg-linear-to-b from-black/80 via-black/60 to-transparent px-2 py-1.5 pt-[max(0.375rem,env(safe-area-inset-top))]">
          <IconButton onPhoto icon={X} label={t('app.close')} onPress={close} />
          <p className="min-w-0 flex-1 truncate px-2 text-sm text-white/85">
            <span className="tabular-nums">{t('viewer.position', place)}</span>
            <span className="ml-3 hidden sm:inline">{name}</span>
          </p>
          <div className="hidden sm:flex">
            <IconButton
              onPhoto
              icon={ZoomOut}
              label={t('viewer.zoomOut')}
              isDisabled={scale === 1}
              onPress={() => zoom.zoomBy(1 / zoomStep)}
            />
            <IconButton
              onPhoto
              icon={Maximize}
              label={t('viewer.zoomReset')}
              isDisabled={scale === 1}
              onPress={zoom.reset}
            />
            <IconButton
              onPhoto
              icon={ZoomIn}
              label={t('viewer.zoomIn')}
              onPress={() => zoom.zoomBy(zoomStep)}
            />
          </div>
          {picture && (
            <>
              <PhotoLink href={picture.url} label={t('viewer.openOriginal')} icon={ExternalLink} />
              <PhotoLink
                href={picture.url}
                label={t('viewer.download')}
                icon={Download}
                download={picture.original ? name : previewName(name)}
              />
            </>
          )}
          {query !== null && hasRanker && (
            <IconButton
              onPhoto
              icon={Lightbulb}
              label={t('matching.why')}
              aria-pressed={asksWhy}
              onPress={toggleWhy}
            />
          )}
          <IconButton
            onPhoto
            icon={Trash2}
            label={t('viewer.remove')}
            onPress={() => setRemoving(true)}
          />
          <IconButton
            onPhoto
            icon={Info}
            label={t('viewer.details')}
            aria-pressed={showDetails}
            onPress={toggleDetails}
          />
        </div>
        <div
          ref={frame}
          {...zoom.handlers}
          className={`relative flex min-h-0 flex-1 touch-none items-center justify-center overflow-hidden select-none ${
            scale > 1 ? 'cursor-grab active:cursor-grabbing' : ''
          }`}
        >
          <div
            className="relative"
            style={{
              width: content.width,
              height: content.height,
              transform: `translate(${offset.x}px, ${offset.y}px) scale(${scale})`,
            }}
          >
            {thumbnail.status === 'ready' && (
              <img
                src={thumbnail.url}
                alt=""
                draggable={false}
                className="absolute inset-0 size-full"
              />
            )}
            {picture && (
              <img
                src={picture.url}
                alt={caption?.text ?? name}
                lang={caption?.language}
                draggable={false}
                className="animate-appear absolute inset-0 size-full"
              />
            )}
            {heat && <HeatMap attention={heat.attention} subject={heat.subject} />}
          </div>
        </div>
        <WhyWords {...why} />
        {picture?.original === false && picture.showable && !asksWhy && (
          <PreviewNote onRequest={picture.requestable ? requestOriginal : null} />
        )}
        {position > 0 && (
          <div className="absolute top-1/2 left-3 -translate-y-1/2 rounded-full bg-black/45 backdrop-blur-sm">
            <IconButton
              onPhoto
              icon={ChevronLeft}
              label={t('viewer.previous')}
              onPress={() => step(-1)}
            />
          </div>
        )}
        {position < order.length - 1 && (
          <div className="absolute top-1/2 right-3 -translate-y-1/2 rounded-full bg-black/45 backdrop-blur-sm">
            <IconButton
              onPhoto
              icon={ChevronRight}
              label={t('viewer.next')}
              onPress={() => step(1)}
            />
          </div>
        )}
      </div>
      {showDetails && <PhotoDetails photo={photo} />}
      <RemovePhotos ids={removing ? [photo.id] : []} onClose={() => setRemoving(false)} />
    </section>
  );
}

/** The name of a file for the stored preview, which is a JPEG whatever the photo was. */
function previewName(name: string): string {
  return `${name.replace(/\.[^.]*$/, '')}.jpg`;
}
