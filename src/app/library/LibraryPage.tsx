import { memo, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Photo, PhotoId } from '../../library/library';
import { useAppState } from '../app-context';
import { justifiedLayout } from '../grid/layout';
import { PhotoGrid } from '../grid/PhotoGrid';
import { PhotoTile } from '../grid/PhotoTile';
import { useElementWidth } from '../grid/useElementWidth';
import { useFormat } from '../i18n/useFormat';
import { withCommas } from '../i18n/with-commas';
import { Suggestions } from '../search/Suggestions';
import { type DateGroup, groupByDate, isDated } from './group-by-date';
import { LibraryToolbar } from './LibraryToolbar';
import { photoName } from './photo-name';

const headingHeight = 56;

/** Every photo by date. */
export function LibraryPage() {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const allPhotos = useAppState('library', (state) => state.photos);
  const among = useAppState('tagFilter', (state) => state.photos);
  const photos = useMemo(
    () => (among ? allPhotos.filter(({ id }) => among.has(id)) : allPhotos),
    [allPhotos, among],
  );
  const groups = useMemo(() => groupByDate(photos), [photos]);
  // Groups keep the photos' order, so that positions in both are the same.
  const ids = useMemo(() => photos.map(({ id }) => id), [photos]);
  const layout = useMemo(
    () =>
      justifiedLayout(
        groups.map((group) => ({
          heading: headingHeight,
          aspects: group.photos.map((photo) => photo.width / photo.height),
        })),
        { width, target: width < 640 ? 120 : 210, gap: width < 640 ? 3 : 6 },
      ),
    [groups, width],
  );

  return (
    <>
      <h1 className="sr-only">{t('library.title')}</h1>
      <Suggestions />
      <LibraryToolbar ids={ids} summary={<Summary count={photos.length} />} />
      <p id="grid-hint" className="sr-only">
        {t('library.hint')}
      </p>
      <div ref={frame}>
        {width > 0 && (
          <PhotoGrid
            layout={layout}
            ids={ids}
            listAttributes={{ 'aria-label': t('library.title'), 'aria-describedby': 'grid-hint' }}
            renderHeading={(section) => {
              const group = groups[section];
              if (!group) return null;
              return (
                <h2 className="flex h-full items-end pb-2.5 font-serif text-base font-semibold">
                  <GroupTitle group={group} />
                </h2>
              );
            }}
            renderTile={(index, tabIndex) => {
              const photo = photos[index];
              return photo && <LibraryTile photo={photo} tabIndex={tabIndex} order={ids} />;
            }}
          />
        )}
      </div>
    </>
  );
}

function GroupTitle({ group: { start, unit, photos } }: { readonly group: DateGroup }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (start !== null) return format[unit](start);
  const onlySample = photos.every(({ attribution }) => attribution !== undefined);
  return onlySample ? t('library.sample') : t('library.undated');
}

function Summary({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  const duplicates = useAppState('library', (state) => state.duplicates);
  return (
    <>
      {t('library.count', { count })}
      {duplicates > 0 && ` · ${t('indexing.duplicates', { count: duplicates })}`}
    </>
  );
}

interface LibraryTileProps {
  readonly photo: Photo;
  readonly tabIndex: 0 | -1;
  readonly order: readonly PhotoId[];
}

/** Kept between renders: scrolling through thousands of photos draws only what is new. */
const LibraryTile = memo(function LibraryTile({ photo, tabIndex, order }: LibraryTileProps) {
  const format = useFormat();
  const name = photoName(photo);
  return (
    <PhotoTile
      id={photo.id}
      tabIndex={tabIndex}
      order={order}
      name={isDated(photo) ? withCommas(name, format.dateTime(photo.takenAt)) : name}
    />
  );
});
