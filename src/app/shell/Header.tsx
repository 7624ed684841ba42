import { Settings } from 'lucide-react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useApp } from '../app-context';
import { AddMenu } from '../import/AddMenu';
import { IndexingLine } from '../indexing/IndexingLine';
import { SearchBox } from '../search/SearchBox';
import { EngineStatus } from '../status/EngineStatus';
import { IconButton } from '../ui/Button';
import { Logo } from '../ui/Logo';
import { Navigation } from './Navigation';

/** The mark (which leads to all photos), the query, and what is always at hand. */
export function Header() {
  const { t } = useTranslation();
  const { page, search, settings } = useApp().stores;
  function goHome(): void {
    search.getState().setQuery('');
    page.getState().go('photos');
    window.scrollTo({ top: 0 });
  }
  return (
    <header className="sticky top-0 z-40 h-(--header-height) border-b border-line bg-paper/90 pt-[env(safe-area-inset-top)] backdrop-blur-md">
      <div className="mx-auto flex h-full max-w-[112rem] items-center gap-1.5 px-3 sm:gap-3 sm:px-6">
        <Button
          aria-label={t('app.home')}
          onPress={goHome}
          className="flex min-h-11 shrink-0 items-center gap-2.5 rounded-full pr-1 lg:pr-4"
        >
          <Logo className="size-8" />
          <span className="hidden font-serif text-lg font-semibold tracking-tight lg:inline">
            r2d2<span className="text-ink-faint">-web</span>
          </span>
        </Button>
        <Navigation place="header" />
        <SearchBox />
        <div className="flex shrink-0 items-center sm:gap-1">
          <EngineStatus />
          <AddMenu />
          <IconButton
            icon={Settings}
            label={t('settings.title')}
            onPress={() => settings.getState().open('general')}
          />
        </div>
      </div>
      <IndexingLine />
    </header>
  );
}
