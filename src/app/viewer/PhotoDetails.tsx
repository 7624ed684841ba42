import { MessageSquareText, ScanText, Tags } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Photo } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { PhotoCaptions } from '../captions/PhotoCaptions';
import { useFormat } from '../i18n/useFormat';
import { isDated } from '../library/group-by-date';
import { photoName } from '../library/photo-name';
import { matchOf } from '../search/MatchBadge';
import type { Page } from '../shell/page-store';
import { PhotoTags } from '../tags/PhotoTags';
import { Button } from '../ui/Button';

/** What is known about a photo: file, date, camera, place, source, and how it fits the query. */
export function PhotoDetails({ photo }: { readonly photo: Photo }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { camera, lens, exposure, latitude, longitude } = photo.details;
  const { attribution } = photo;
  return (
    <aside
      aria-label={t('viewer.details')}
      className="max-h-[45%] overflow-y-auto border-t border-white/10 bg-[#161816] p-6 pb-[max(1.5rem,env(safe-area-inset-bottom))] lg:h-full lg:max-h-none lg:w-88 lg:border-t-0 lg:border-l"
    >
      <h2 className="font-serif text-lg font-semibold break-words">{photoName(photo)}</h2>
      <dl className="mt-5 flex flex-col gap-4 text-sm">
        <MatchRows photo={photo} />
        <Row term={t('captions.ofPhoto')}>
          <PhotoCaptions id={photo.id} />
        </Row>
        <Row term={t('tags.ofPhoto')}>
          <PhotoTags id={photo.id} />
        </Row>
        <Row term={t('viewer.date')}>
          {isDated(photo) ? format.dateTime(photo.takenAt) : t('library.undated')}
        </Row>
        <Row term={t('viewer.size')}>
          {t('viewer.pixels', {
            width: format.number(photo.width),
            height: format.number(photo.height),
          })}
          <Secondary>
            {t('viewer.megapixels', { value: format.megapixels(photo.width * photo.height) })}
            {' · '}
            {format.bytes(photo.bytes)}
          </Secondary>
        </Row>
        {camera && <Row term={t('viewer.camera')}>{camera}</Row>}
        {lens && <Row term={t('viewer.lens')}>{lens}</Row>}
        {exposure && <Row term={t('viewer.exposure')}>{exposure}</Row>}
        {latitude !== undefined && longitude !== undefined && (
          <Row term={t('viewer.place')}>{format.coordinates(latitude, longitude)}</Row>
        )}
        <Row term={t('viewer.paths', { count: photo.paths.length })}>
          <ul>
            {photo.paths.map((path) => (
              <li key={path} className="break-all">
                {path}
              </li>
            ))}
          </ul>
        </Row>
        {attribution && (
          <Row term={t('viewer.attribution')}>
            {attribution.title}
            <Secondary>
              {t('viewer.by', { author: attribution.author })} · {attribution.licence}
            </Secondary>
            <Secondary>
              <a
                href={attribution.source}
                target="_blank"
                rel="noreferrer"
                className="break-all underline underline-offset-2"
              >
                {attribution.source}
              </a>
            </Secondary>
          </Row>
        )}
      </dl>
      <UseElsewhere photo={photo} />
    </aside>
  );
}

/** The pages that are about one photo. */
function UseElsewhere({ photo }: { readonly photo: Photo }) {
  const { t } = useTranslation();
  const { match, page, subject, viewer } = useApp().stores;
  const query = useAppState('search', ({ update }) =>
    update?.hits.some(({ photoId }) => photoId === photo.id) ? update.query : null,
  );
  async function go(to: Page): Promise<void> {
    subject.getState().choose({ kind: 'library', id: photo.id });
    if (to === 'match' && query !== null) match.getState().ask(query);
    // Closing takes the viewer's entry out of the history; the page comes after it.
    const left = new Promise((resolve) =>
      window.addEventListener('popstate', resolve, { once: true }),
    );
    viewer.getState().close();
    await left;
    page.getState().go(to);
  }
  return (
    <div className="mt-6 flex flex-wrap gap-2">
      <Button size="small" icon={MessageSquareText} onPress={() => void go('captions')}>
        {t('subject.captions')}
      </Button>
      <Button size="small" icon={Tags} onPress={() => void go('labels')}>
        {t('subject.labels')}
      </Button>
      <Button size="small" icon={ScanText} onPress={() => void go('match')}>
        {t('subject.match')}
      </Button>
    </div>
  );
}

/** How the photo fits the query on show; nothing without one. */
function MatchRows({ photo }: { readonly photo: Photo }) {
  const { t } = useTranslation();
  const format = useFormat();
  const update = useAppState('search', (state) => state.update);
  const hit = update?.hits.find(({ photoId }) => photoId === photo.id);
  if (!update || !hit) return null;
  const match = matchOf(hit);
  return (
    <Row term={t('viewer.match')}>
      <span className="text-2xl font-semibold tabular-nums">
        {match === undefined ? t('viewer.firstLook') : format.percent(match)}
      </span>
      <Secondary>{t('viewer.matchFor', { query: update.query })}</Secondary>
      <Secondary>{t('viewer.cosine', { value: format.number(hit.cosine, 3) })}</Secondary>
      {hit.caption && <Secondary>{t(`captions.holdsQuery.${hit.caption}`)}</Secondary>}
    </Row>
  );
}

function Row({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-white/60">{term}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}

function Secondary({ children }: { readonly children: ReactNode }) {
  return <span className="block text-white/70">{children}</span>;
}
