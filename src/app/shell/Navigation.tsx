import { Images, type LucideIcon, MessageSquareText, ScanText, Tags } from 'lucide-react';
import type { MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { type Page, pages } from './page-store';

const icons: Readonly<Record<Page, LucideIcon>> = {
  photos: Images,
  captions: MessageSquareText,
  labels: Tags,
  match: ScanText,
};

/** The pages: in the header where there is room, else at the foot of the screen. */
export function Navigation({ place }: { readonly place: 'header' | 'foot' }) {
  const { t } = useTranslation();
  const { page: current, go } = useAppState('page', (state) => state);

  function onClick(event: MouseEvent, page: Page): void {
    // Another tab or window is the browser's business.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(page);
  }

  return (
    <nav
      aria-label={t('pages.label')}
      className={
        place === 'header'
          ? 'hidden shrink-0 md:block'
          : 'fixed inset-x-0 bottom-0 z-40 border-t border-line bg-paper/95 pb-[env(safe-area-inset-bottom)] backdrop-blur-md md:hidden'
      }
    >
      <ul className={place === 'header' ? 'flex gap-0.5' : 'grid auto-cols-fr grid-flow-col'}>
        {pages.map((page) => {
          const Icon = icons[page];
          return (
            <li key={page}>
              <a
                href={`#${page}`}
                aria-current={page === current ? 'page' : undefined}
                onClick={(event) => onClick(event, page)}
                className={
                  place === 'header'
                    ? 'flex min-h-11 items-center rounded-full px-3 text-sm font-medium text-ink-soft transition-colors hover:text-ink aria-[current]:bg-sunken aria-[current]:text-ink'
                    : 'flex min-h-14 flex-col items-center justify-center gap-0.5 text-xs text-ink-soft aria-[current]:font-semibold aria-[current]:text-celadon'
                }
              >
                {place === 'foot' && (
                  <Icon aria-hidden="true" className="size-5.5" strokeWidth={1.8} />
                )}
                {t(`pages.${page}`)}
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
