import { Info } from 'lucide-react';
import { memo, type ReactNode, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Photo, PhotoId } from '../../library/library';
import type { SearchHit, SearchUpdate } from '../../search/search';
import { useAppState } from '../app-context';
import { squareLayout } from '../grid/layout';
import { PhotoGrid } from '../grid/PhotoGrid';
import { PhotoTile } from '../grid/PhotoTile';
import { useElementWidth } from '../grid/useElementWidth';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { withCommas } from '../i18n/with-commas';
import { LibraryToolbar } from '../library/LibraryToolbar';
import { photoName } from '../library/photo-name';
import { Button } from '../ui/Button';
import { Announcement } from './Announcement';
import { MatchBadge, matchOf } from './MatchBadge';
import { StageLine } from './StageLine';

const dividerHeight = 76;
/** So many ranks scripts and tests can read without scrolling. */
const ranksAlwaysRendered = 60;

/** What was found for the query. */
export function ResultsPage() {
  return (
    <>
      <Announcement />
      <Answer />
    </>
  );
}

function Answer() {
  const { t } = useTranslation();
  const { query, update, error, retry } = useAppState('search', (state) => state);
  const engineStatus = useAppState('engine', (state) => state.status);

  if (error && engineStatus !== 'failed') {
    const { what, remedy } = errorSentences(error);
    return (
      <Message title={what} text={remedy} role="alert">
        <Button onPress={retry}>{t('app.retry')}</Button>
      </Message>
    );
  }
  if (!update) {
    return (
      <Message
        title={t('search.resultsFor', { query: query.trim() })}
        text={engineStatus === 'ready' ? '' : t('search.waitingForModel')}
      />
    );
  }
  if (update.hits.length === 0) {
    return (
      <div data-testid="results" data-query={update.query} data-stage={update.stage}>
        <Message title={t('search.noPhotos')} text={t('search.noPhotosHint')} />
      </div>
    );
  }
  return <Results update={update} />;
}

function Results({ update }: { readonly update: SearchUpdate }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const photos = useAppState('library', (state) => state.photos);
  const byId = useMemo(() => new Map(photos.map((photo) => [photo.id, photo])), [photos]);
  const hits = useMemo(() => {
    const present = update.hits.filter(({ photoId }) => byId.has(photoId));
    return [...present.filter((hit) => hit.likely), ...present.filter((hit) => !hit.likely)];
  }, [update, byId]);
  const ids = useMemo(() => hits.map(({ photoId }) => photoId), [hits]);
  const likely = hits.filter((hit) => hit.likely).length;
  const layout = useMemo(() => {
    const squares = (count: number) => Array.from({ length: count }, () => 1);
    return squareLayout(
      [
        { heading: 0, aspects: squares(likely) },
        { heading: likely < ids.length ? dividerHeight : 0, aspects: squares(ids.length - likely) },
      ],
      { width, target: width < 640 ? 118 : 208, gap: width < 640 ? 3 : 6 },
    );
  }, [width, likely, ids.length]);
  const alwaysRendered = useMemo(
    () => hits.flatMap(({ rank }, index) => (rank <= ranksAlwaysRendered ? [index] : [])),
    [hits],
  );
  const outdated = useAppState('search', ({ query }) => query.trim() !== update.query);
  const nothingLikely = update.stage === 'done' && likely === 0;

  // The field is at hand wherever the page is scrolled to; the best photos of a new query are not.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each query
  useLayoutEffect(() => {
    window.scrollTo({ top: 0 });
  }, [update.query]);

  return (
    <>
      <h1 className="mt-5 line-clamp-2 font-serif text-xl font-semibold break-words">
        {nothingLikely
          ? t('search.nothingLikely', { query: update.query })
          : t('search.resultsFor', { query: update.query })}
      </h1>
      {nothingLikely && (
        <p className="mt-1 text-sm text-ink-soft">{t('search.nothingLikelyHint')}</p>
      )}
      {update.rerankError && (
        <p className="mt-2 flex items-center gap-2 text-sm text-seal-ink" role="alert">
          <Info aria-hidden="true" className="size-4 shrink-0" />
          {inARow(t('search.rerankFailed'), errorSentences(update.rerankError).remedy)}
        </p>
      )}
      <LibraryToolbar ids={ids} summary={<StageLine update={update} likely={likely} />} />
      <p id="grid-hint" className="sr-only">
        {t('library.hint')}
      </p>
      <div
        ref={frame}
        aria-busy={outdated}
        className={`pt-2 transition-opacity duration-300 ${outdated ? 'opacity-60' : ''}`}
      >
        {width > 0 && (
          <PhotoGrid
            layout={layout}
            ids={ids}
            alwaysRendered={alwaysRendered}
            animateReorder
            listAttributes={{
              'data-testid': 'results',
              'data-query': update.query,
              'data-stage': update.stage,
              'aria-label': t('search.resultsFor', { query: update.query }),
              'aria-describedby': 'grid-hint',
            }}
            tileAttributes={(index) => {
              const hit = hits[index];
              const photo = hit && byId.get(hit.photoId);
              if (!hit || !photo) return {};
              return {
                'data-photo': photo.paths[0],
                'data-rank': String(hit.rank),
                'data-cosine': String(hit.cosine),
                'data-match': hit.match === undefined ? undefined : String(hit.match),
              };
            }}
            renderHeading={() => (
              <div className="flex h-full flex-col justify-end gap-0.5 pb-3">
                <h2 className="flex items-center gap-4 text-sm font-semibold text-ink-soft after:h-px after:flex-1 after:bg-line">
                  {t('search.lessLikely')}
                </h2>
                <p className="text-xs text-ink-faint">{t('search.lessLikelyHint')}</p>
              </div>
            )}
            renderTile={(index, tabIndex) => {
              const hit = hits[index];
              const photo = hit && byId.get(hit.photoId);
              if (!hit || !photo) return null;
              return (
                <ResultTile
                  photo={photo}
                  hit={hit}
                  place={index + 1}
                  tabIndex={tabIndex}
                  order={ids}
                />
              );
            }}
          />
        )}
      </div>
    </>
  );
}

interface ResultTileProps {
  readonly photo: Photo;
  readonly hit: SearchHit;
  /** Among the photos on the page, from 1. */
  readonly place: number;
  readonly tabIndex: 0 | -1;
  readonly order: readonly PhotoId[];
}

const ResultTile = memo(function ResultTile({
  photo,
  hit,
  place,
  tabIndex,
  order,
}: ResultTileProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const match = matchOf(hit);
  const name = t('search.resultName', { place, name: photoName(photo) });
  const score =
    match === undefined
      ? t('search.matchPending')
      : t('search.match', { percent: format.percent(match) });
  const parts = [name, score, ...(hit.caption ? [t(`captions.holdsQuery.${hit.caption}`)] : [])];
  return (
    <PhotoTile id={photo.id} tabIndex={tabIndex} order={order} name={withCommas(...parts)}>
      <MatchBadge hit={hit} />
    </PhotoTile>
  );
});

function Message({
  title,
  text,
  role,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly role?: 'alert';
  readonly children?: ReactNode;
}) {
  return (
    <div
      role={role}
      className="mx-auto flex max-w-md flex-col items-center gap-3 py-24 text-center"
    >
      <h1 className="line-clamp-3 max-w-full font-serif text-2xl font-semibold break-words">
        {title}
      </h1>
      {text && <p className="text-ink-soft">{text}</p>}
      {children}
    </div>
  );
}
