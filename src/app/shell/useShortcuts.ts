import { useEffect } from 'react';
import { useApp } from '../app-context';

/** Keys that work anywhere but in a text field or a dialog; the search field and the grids have their own. */
export function useShortcuts(): void {
  const { stores } = useApp();
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target;
      if (target instanceof HTMLElement && target.closest('input, textarea, [role*=dialog]'))
        return;
      const selection = stores.selection.getState();
      if (event.key === '?') stores.settings.getState().open('shortcuts');
      else if (event.key === ',') stores.settings.getState().open('general');
      else if (event.key === 's' && !selection.active) selection.start();
      else if (event.key === 'Escape' && selection.active) selection.stop();
      else if (event.key === 'Escape') stores.search.getState().setQuery('');
      else return;
      event.preventDefault();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [stores]);
}
