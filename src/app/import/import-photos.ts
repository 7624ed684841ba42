import i18next from 'i18next';
import { AppError } from '../../errors';
import type { ImportItem } from '../../library/library';
import type { App } from '../app-context';

/**
 * Hands files to the library and says what came of it. Where nothing was found the person learns
 * what would have been taken.
 */
export async function importPhotos(
  { services, stores }: App,
  items: AsyncIterable<ImportItem> | Iterable<ImportItem>,
): Promise<void> {
  const notices = stores.notices.getState();
  let count = 0;
  async function* counted(): AsyncGenerator<ImportItem, void> {
    for await (const item of items) {
      count += 1;
      yield item;
    }
  }
  try {
    await services.library.add(counted());
  } catch (thrown) {
    notices.showError(AppError.from(thrown));
    return;
  }
  if (count === 0) {
    notices.show({
      tone: 'error',
      title: i18next.t('import.nothing'),
      detail: i18next.t('import.nothingRemedy'),
    });
  } else {
    notices.show({ tone: 'info', title: i18next.t('import.queued', { count }) });
  }
}
