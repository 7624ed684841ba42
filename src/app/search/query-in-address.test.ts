import { afterEach, expect, it, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { keepQueryInAddress, queryFrom, withQuery } from './query-in-address';
import type { SearchState } from './search-store';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('carries any query through the address', () => {
  for (const query of ['雪地里的狗', 'a dog & a cat?', '100 % #1', 'emoji 🐕']) {
    const address = withQuery(new URL('https://host/app/?lang=zh'), query);
    expect(queryFrom(new URL(address.href))).toBe(query);
    expect(address.searchParams.get('lang')).toBe('zh');
    expect(address.search, 'nothing of it is sent to the host').toBe('?lang=zh');
  }
});

it('leaves the address alone without a query', () => {
  expect(withQuery(new URL('https://host/?lang=en#q=dog'), '  ').href).toBe(
    'https://host/?lang=en',
  );
  expect(queryFrom(new URL('https://host/'))).toBe('');
});

/** A history whose last entry is the page's address; returns its entries. */
function stubHistory(): string[] {
  const entries = ['https://host/'];
  vi.stubGlobal('location', {
    get href() {
      return entries.at(-1);
    },
  });
  vi.stubGlobal('history', {
    state: null,
    pushState: (_state: unknown, _title: string, url: URL) => entries.push(url.href),
    replaceState: (_state: unknown, _title: string, url: URL) => entries.splice(-1, 1, url.href),
  });
  vi.stubGlobal('window', new EventTarget());
  return entries;
}

it('has written the query before a press can lead elsewhere', () => {
  vi.useFakeTimers();
  const entries = stubHistory();
  const search = createStore(() => ({ query: '' }) as SearchState);
  keepQueryInAddress(search);
  for (const query of ['d', 'do', 'dog']) search.setState({ query });
  window.dispatchEvent(new Event('pointerdown'));
  expect(entries.map((entry) => queryFrom(new URL(entry)))).toEqual(['', 'dog']);
});

it('makes one step of the history of entering and of leaving the results', () => {
  vi.useFakeTimers();
  const entries = stubHistory();
  const search = createStore(() => ({ query: '' }) as SearchState);
  keepQueryInAddress(search);
  for (const query of ['d', 'do', 'dog', 'cat', '', 'cow']) {
    search.setState({ query });
    vi.runAllTimers();
  }
  expect(entries.map((entry) => queryFrom(new URL(entry)))).toEqual(['', 'cat', '', 'cow']);
});
