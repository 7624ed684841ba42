import { AppError } from '../../errors';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';

export interface Tagging {
  readonly add: (names: readonly string[]) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

/** Tags that are given to photos and taken away from them by hand; says what did not work. */
export function useTagging(ids: readonly PhotoId[]): Tagging {
  const { services, stores } = useApp();

  async function change(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown, 'storage-unavailable'));
    }
  }

  return {
    add: (names) =>
      change(async () => {
        for (const name of names) await services.library.addTag(ids, name);
      }),
    remove: (name) => change(() => services.library.removeTag(ids, name)),
  };
}
