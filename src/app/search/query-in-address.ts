import type { StoreApi } from 'zustand/vanilla';
import { Throttle } from '../../throttle';
import { pageOf } from '../shell/page-store';
import type { SearchState } from './search-store';

const parameter = 'q';
/** Milliseconds; browsers refuse an address that changes with every keystroke. */
const writeInterval = 400;

export function queryFrom(address: URL): string {
  return new URLSearchParams(address.hash.slice(1)).get(parameter) ?? '';
}

/**
 * The address with the query in it, all else as it was. It stands in the fragment, which browsers
 * keep to themselves: whoever hosts the app never learns of it.
 */
export function withQuery(address: URL, query: string): URL {
  const next = new URL(address);
  next.hash = query.trim() === '' ? '' : String(new URLSearchParams({ [parameter]: query.trim() }));
  return next;
}

/**
 * Keeps the query in the address, so that a reload or a bookmark shows the same results. The browser's
 * back button leads from results to the library, and not through every query that was typed.
 */
export function keepQueryInAddress(search: StoreApi<SearchState>): void {
  const writing = new Throttle(writeInterval, () => {
    // On another page the fragment names that page.
    if (pageOf(new URL(location.href)) !== 'photos') return;
    const { query } = search.getState();
    const before = new URL(location.href);
    const after = withQuery(before, query);
    if (after.href === before.href) return;
    const crosses = (queryFrom(before) === '') !== (queryFrom(after) === '');
    if (crosses) history.pushState(null, '', after);
    else history.replaceState(history.state, '', after);
  });
  search.subscribe(({ query }, before) => {
    if (query !== before.query) writing.ask();
  });
  // Whatever is pressed may lead to another step of the history, or back to this one: the query must
  // stand in it by then.
  window.addEventListener('pointerdown', () => writing.now(), { capture: true });
  window.addEventListener('keydown', ({ key }) => key === 'Enter' && writing.now(), {
    capture: true,
  });
  window.addEventListener('popstate', () => {
    const address = new URL(location.href);
    // A link to a place on the page leaves the query alone.
    if (address.hash !== '' && queryFrom(address) === '') return;
    search.getState().setQuery(queryFrom(address));
  });
}
