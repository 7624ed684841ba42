import { LoaderCircle, Search, X } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { Button, Input, SearchField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { isComposing } from '../ui/composing';
import { useComposing } from '../ui/useComposing';

/** The query; "/" leads here from anywhere (`useShortcuts`), Esc clears it. */
export function SearchBox() {
  const { t } = useTranslation();
  const query = useAppState('search', (state) => state.query);
  const { page, search } = useApp().stores;
  const singleKeys = useAppState('settings', (state) => state.singleKeys);
  const working = useAppState(
    'search',
    ({ update, error }) =>
      error === null &&
      query.trim() !== '' &&
      (update?.query !== query.trim() || update.stage !== 'done'),
  );
  const field = useComposing(query, setQuery);
  const Icon = working ? LoaderCircle : Search;

  function setQuery(text: string): void {
    search.getState().setQuery(text);
    // The results are there, whatever page the field was used on.
    if (text.trim() !== '') page.getState().go('photos');
  }

  function onKeyDownCapture(event: KeyboardEvent): void {
    // Enter and Esc belong to the input method while it is composing.
    if (isComposing(event)) event.stopPropagation();
    else if (event.key === 'ArrowDown' && focusFirstPhoto()) event.preventDefault();
  }

  return (
    <search className="min-w-0 flex-1" onKeyDownCapture={onKeyDownCapture}>
      <SearchField
        {...field}
        aria-label={t('search.label')}
        onSubmit={putAwayKeyboard}
        className="group relative mx-auto flex max-w-2xl items-center"
      >
        <Icon
          aria-hidden="true"
          className={`pointer-events-none absolute left-3 size-4.5 text-ink-faint sm:left-4 ${working ? 'animate-spin' : ''}`}
          strokeWidth={1.8}
        />
        <Input
          placeholder={t('search.placeholder')}
          enterKeyHint="search"
          autoComplete="off"
          spellCheck={false}
          className="h-11 w-full rounded-full border border-line-strong bg-surface pr-3 pl-9 text-base text-ellipsis transition-colors group-not-data-empty:pr-10 sm:pr-11 sm:pl-11 placeholder:text-ink-faint data-focused:border-celadon data-focused:bg-raised data-focused:outline-2 data-focused:-outline-offset-1 data-focused:outline-celadon"
        />
        <Button
          aria-label={t('search.clear')}
          className="absolute right-0 flex size-11 items-center justify-center rounded-full text-ink-faint group-data-empty:hidden data-hovered:text-ink"
        >
          <X aria-hidden="true" className="size-4.5" strokeWidth={1.8} />
        </Button>
        {singleKeys && (
          <span
            aria-hidden="true"
            className="pointer-events-none absolute right-4 hidden rounded border border-line px-1.5 font-sans text-xs leading-5 text-ink-faint group-focus-within:hidden group-data-empty:md:block"
          >
            /
          </span>
        )}
      </SearchField>
    </search>
  );
}

/** On a phone the keyboard covers the results. */
function putAwayKeyboard(): void {
  if (!matchMedia('(pointer: coarse)').matches) return;
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** The grid's tab stop: down from the query lie the photos. */
function focusFirstPhoto(): boolean {
  const control = document.querySelector<HTMLElement>('[data-control][tabindex="0"]');
  control?.focus();
  return control !== null;
}
