import i18next from 'i18next';
import { AppError } from '../../errors';
import type { ImportItem, Library } from '../../library/library';
import type { App } from '../app-context';

/**
 * Hands files to the library and says what came of it. Where nothing was found the person learns
 * what would have been taken.
 */
export async function importPhotos(
  { services, stores }: App,
  items: AsyncIterable<ImportItem> | Iterable<ImportItem>,
): Promise<void> {
  const { library } = services;
  const notices = stores.notices.getState();
  const before = library.photos().length;
  const begun = Date.now();
  let count = 0;
  async function* counted(): AsyncGenerator<ImportItem, void> {
    for await (const item of items) {
      count += 1;
      yield item;
    }
  }
  let dropped = false;
  const stop = library.subscribe(({ type }) => {
    if (type === 'queue-dropped') dropped = true;
  });
  try {
    await library.add(counted());
    if (count === 0) {
      notices.show({
        tone: 'error',
        title: i18next.t('import.nothing'),
        detail: i18next.t('import.nothingRemedy'),
      });
      return;
    }
    notices.show({ tone: 'info', title: i18next.t('import.queued', { count }) });
    await indexed(library);
    const failed = library.failures().some(({ at }) => at >= begun);
    if (!dropped && !failed && library.photos().length === before) {
      notices.show({ tone: 'info', title: i18next.t('import.known', { count }) });
    }
  } catch (thrown) {
    notices.showError(AppError.from(thrown));
  } finally {
    stop();
  }
}

/** Resolves when nothing is left to index. */
function indexed(library: Library): Promise<void> {
  return new Promise((resolve) => {
    const stop = library.subscribe(check);
    check();
    function check(): void {
      if (library.indexing().status !== 'idle') return;
      stop();
      resolve();
    }
  });
}
