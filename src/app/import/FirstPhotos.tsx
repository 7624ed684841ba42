import { useTranslation } from 'react-i18next';

/** As many as a first screen holds. */
const most = 24;

/** Stands where the first photos of a library will be, while they are on their way. */
export function FirstPhotos({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  return (
    <section className="pt-8">
      <h1 className="font-serif text-2xl font-semibold">{t('welcome.comingTitle')}</h1>
      <p className="mt-2 max-w-xl text-ink-soft">{t('welcome.comingText')}</p>
      <div
        aria-hidden="true"
        className="mt-6 grid grid-cols-[repeat(auto-fill,minmax(7.25rem,1fr))] gap-[3px] sm:grid-cols-[repeat(auto-fill,minmax(12rem,1fr))] sm:gap-1.5"
      >
        {Array.from({ length: Math.min(count, most) }, (_, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: nothing but places
            key={index}
            className="aspect-square animate-pulse rounded-sm bg-line"
            style={{ animationDelay: `${index * 60}ms` }}
          />
        ))}
      </div>
    </section>
  );
}
