import { useTranslation } from 'react-i18next';
import { useLanguage } from '../i18n/useLanguage';
import { useSampleAlbum } from '../import/useSampleAlbum';

/** Who made the photographs of the sample album, and under which licence. */
export function CreditsPage() {
  const { t } = useTranslation();
  const album = useSampleAlbum();
  const language = useLanguage();
  if (!album) return <p className="text-sm text-ink-soft">{t('settings.creditsNone')}</p>;
  return (
    <section className="text-sm">
      <h3 className="font-serif text-lg font-semibold">{t('settings.creditsLead')}</h3>
      <ul className="mt-3 divide-y divide-line">
        {album.photos.map(({ file, title, author, licence, source }) => (
          <li key={file} className="flex gap-4 py-3">
            <img
              src={`sample/${file}`}
              alt=""
              loading="lazy"
              decoding="async"
              className="size-14 shrink-0 rounded-md bg-sunken object-cover"
            />
            <div className="min-w-0">
              <p className="font-medium">{title[language]}</p>
              <p className="text-ink-soft">
                {t('viewer.by', { author })} · {licence}
              </p>
              <a
                href={source}
                target="_blank"
                rel="noreferrer"
                className="break-all text-celadon underline underline-offset-2"
              >
                {source}
              </a>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
