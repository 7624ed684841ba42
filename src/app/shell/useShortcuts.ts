import { useEffect } from 'react';
import { useApp } from '../app-context';

/**
 * Keys that work outside text fields and dialogs: "/", "?" and "," on every page, S and Esc only
 * among the photos. The search field and the grids have keys of their own.
 */
export function useShortcuts(): void {
  const { stores } = useApp();
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target;
      if (target instanceof HTMLElement && target.closest('input, textarea, [role*=dialog]'))
        return;
      const settings = stores.settings.getState();
      if (event.key.length === 1 && !settings.singleKeys) return;
      const key = event.key.toLowerCase();
      const isOnPhotos = stores.page.getState().page === 'photos';
      const hasPhotos = stores.library.getState().photos.length > 0;
      const selection = stores.selection.getState();
      if (key === '/') focusQuery();
      else if (key === '?') settings.open('shortcuts');
      else if (key === ',') settings.open('general');
      else if (!isOnPhotos) return;
      else if (key === 's' && hasPhotos && !selection.active) selection.start();
      else if (key === 'escape' && selection.active) selection.stop();
      else if (key === 'escape') stores.search.getState().setQuery('');
      else return;
      event.preventDefault();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [stores]);
}

function focusQuery(): void {
  const field = document.querySelector<HTMLInputElement>('search input');
  field?.focus();
  field?.select();
}
