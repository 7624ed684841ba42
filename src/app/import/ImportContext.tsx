import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { ImportItem } from '../../library/library';
import { photosFromFiles } from '../../library/sources/files';
import { canPickFolder, pickFolder } from '../../library/sources/folder';
import { useApp } from '../app-context';
import { useLanguage } from '../i18n/useLanguage';
import { importPhotos } from './import-photos';
import { type SampleAlbum, samplePhotos } from './sample-album';

/** The ways in which photos come into the library. */
export interface ImportActions {
  choosePhotos(): void;
  chooseFolder(): void;
  addSample(album: SampleAlbum): void;
  add(items: AsyncIterable<ImportItem> | Iterable<ImportItem>): void;
}

/** React's types lack the attribute. */
const wholeFolder = { webkitdirectory: '' };

const ImportContext = createContext<ImportActions | null>(null);

export function useImport(): ImportActions {
  const actions = useContext(ImportContext);
  if (!actions) throw new Error('useImport needs an ImportProvider above.');
  return actions;
}

/** Holds the file inputs, which automation uses too, and gives the ways to import to what is inside. */
export function ImportProvider({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const app = useApp();
  const photoInput = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const language = useLanguage();

  const add = useCallback(
    (items: AsyncIterable<ImportItem> | Iterable<ImportItem>) => void importPhotos(app, items),
    [app],
  );

  const chooseFolder = useCallback(async () => {
    if (!canPickFolder()) {
      folderInput.current?.click();
      return;
    }
    try {
      const items = await pickFolder();
      if (items) add(items);
    } catch (thrown) {
      app.stores.notices.getState().showError(AppError.from(thrown));
    }
  }, [add, app]);

  const actions = useMemo<ImportActions>(
    () => ({
      add,
      choosePhotos: () => photoInput.current?.click(),
      chooseFolder: () => void chooseFolder(),
      addSample: (album) => add(samplePhotos(album, language)),
    }),
    [add, chooseFolder, language],
  );

  function takeFiles(input: HTMLInputElement): void {
    const files = [...(input.files ?? [])];
    // Emptied, so that choosing the same files again is a change again.
    input.value = '';
    add(photosFromFiles(files));
  }

  return (
    <ImportContext value={actions}>
      <input
        ref={photoInput}
        type="file"
        multiple
        accept="image/*,.heic,.heif"
        data-testid="photo-input"
        aria-label={t('import.photoInput')}
        hidden
        onChange={(event) => takeFiles(event.currentTarget)}
      />
      <input
        ref={folderInput}
        type="file"
        multiple
        {...wholeFolder}
        data-testid="folder-input"
        aria-label={t('import.folderInput')}
        hidden
        onChange={(event) => takeFiles(event.currentTarget)}
      />
      {children}
    </ImportContext>
  );
}
