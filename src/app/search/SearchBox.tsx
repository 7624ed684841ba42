import { LoaderCircle, Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button, Input, SearchField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';

/** The query; "/" leads here from anywhere, Esc clears it. */
export function SearchBox() {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const query = useAppState('search', (state) => state.query);
  const setQuery = useAppState('search', (state) => state.setQuery);
  const working = useAppState(
    'search',
    ({ update, error }) =>
      error === null &&
      query.trim() !== '' &&
      (update?.query !== query.trim() || update.stage !== 'done'),
  );
  const Icon = working ? LoaderCircle : Search;

  useEffect(() => {
    function focusOnSlash(event: KeyboardEvent): void {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target;
      if (target instanceof HTMLElement && target.closest('input, textarea, [role=dialog]')) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    }
    document.addEventListener('keydown', focusOnSlash);
    return () => document.removeEventListener('keydown', focusOnSlash);
  }, []);

  return (
    <search className="min-w-0 flex-1">
      <SearchField
        aria-label={t('search.label')}
        value={query}
        onChange={setQuery}
        onSubmit={() => input.current?.blur()}
        className="group relative mx-auto flex max-w-2xl items-center"
      >
        <Icon
          aria-hidden="true"
          className={`pointer-events-none absolute left-4 size-4.5 text-ink-faint ${working ? 'animate-spin' : ''}`}
          strokeWidth={1.8}
        />
        <Input
          ref={input}
          placeholder={t('search.placeholder')}
          enterKeyHint="search"
          autoComplete="off"
          spellCheck={false}
          className="h-11 w-full rounded-full border border-line bg-surface pr-11 pl-11 text-base transition-colors placeholder:text-ink-faint data-hovered:border-line-strong data-focused:border-celadon data-focused:bg-raised data-focused:outline-2 data-focused:-outline-offset-1 data-focused:outline-celadon"
        />
        <Button
          aria-label={t('search.clear')}
          className="absolute right-0 flex size-11 items-center justify-center rounded-full text-ink-faint group-data-empty:hidden data-hovered:text-ink"
        >
          <X aria-hidden="true" className="size-4.5" strokeWidth={1.8} />
        </Button>
        <span
          aria-hidden="true"
          className="pointer-events-none absolute right-4 hidden rounded border border-line px-1.5 font-sans text-xs leading-5 text-ink-faint group-focus-within:hidden group-data-empty:md:block"
        >
          /
        </span>
      </SearchField>
    </search>
  );
}
