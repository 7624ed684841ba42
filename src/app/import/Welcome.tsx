import { FolderPlus, ImagePlus, Images } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { Button } from '../ui/Button';
import { FirstPhotos } from './FirstPhotos';
import { useImport } from './ImportContext';
import type { SampleAlbum } from './sample-album';
import { useSampleAlbum } from './useSampleAlbum';

/** The page of a library without photos: what this is, and the ways in. */
export function Welcome() {
  const { t } = useTranslation();
  const { choosePhotos, chooseFolder } = useImport();
  const album = useSampleAlbum();
  const coming = useAppState('indexing', ({ status, total, failed }) =>
    status === 'running' ? total - failed : 0,
  );
  if (coming > 0) return <FirstPhotos count={coming} />;
  const points = [
    { title: t('welcome.privateTitle'), text: t('welcome.privateText') },
    { title: t('welcome.moreTitle'), text: t('welcome.moreText') },
    { title: t('welcome.languagesTitle'), text: t('welcome.languagesText') },
  ];
  return (
    <div className="mx-auto max-w-5xl py-10 sm:py-16">
      <div className="grid items-center gap-10 lg:grid-cols-[1.25fr_1fr] lg:gap-16">
        <div>
          <h1 className="font-serif text-4xl leading-tight font-semibold tracking-tight sm:text-5xl sm:leading-[1.15]">
            {t('welcome.title')}
          </h1>
          <p className="mt-5 max-w-xl text-lg leading-relaxed text-ink-soft">{t('welcome.lead')}</p>
          <div className="mt-8 flex flex-wrap gap-3">
            <Button tone="primary" size="large" icon={ImagePlus} onPress={choosePhotos}>
              {t('welcome.choosePhotos')}
            </Button>
            <Button size="large" icon={FolderPlus} onPress={chooseFolder}>
              {t('welcome.chooseFolder')}
            </Button>
          </div>
          <p className="mt-4 text-sm text-ink-soft">{t('welcome.dropHint')}</p>
          <p className="mt-1 text-sm text-ink-faint">{t('welcome.formats')}</p>
        </div>
        {album && <SampleCard album={album} />}
      </div>
      <ul className="mt-14 grid gap-8 border-t border-line pt-8 sm:mt-20 sm:grid-cols-3">
        {points.map(({ title, text }) => (
          <li key={title}>
            <h2 className="font-serif text-base font-semibold">{title}</h2>
            <p className="mt-1.5 text-sm leading-relaxed text-ink-soft">{text}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A few photos of the sample album, laid out like prints, and the way to add them all. */
function SampleCard({ album }: { readonly album: SampleAlbum }) {
  const { t } = useTranslation();
  const { addSample } = useImport();
  const prints = album.photos.slice(0, 6);
  return (
    <section aria-label={t('welcome.sampleTitle')} className="rounded-3xl bg-sunken p-5">
      <div aria-hidden="true" className="grid grid-cols-3 gap-1.5 overflow-hidden rounded-xl">
        {prints.map(({ file }) => (
          <img
            key={file}
            src={`sample/${file}`}
            alt=""
            loading="lazy"
            decoding="async"
            className="aspect-square w-full bg-line object-cover"
          />
        ))}
      </div>
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-48 flex-1">
          <h2 className="font-serif text-base font-semibold">{t('welcome.sampleTitle')}</h2>
          <p className="mt-0.5 text-sm text-ink-soft">
            {t('welcome.sampleLead', { count: album.photos.length })}
          </p>
        </div>
        <Button icon={Images} onPress={() => addSample(album)}>
          {t('welcome.sampleAction')}
        </Button>
      </div>
    </section>
  );
}
