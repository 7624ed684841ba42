import { ImageDown } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { ImportItem } from '../../library/library';
import { photosFromTransfer } from '../../library/sources/transfer';
import { useApp, useAppState } from '../app-context';
import { useImport } from './ImportContext';

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** Takes photos that are dropped or pasted anywhere on the page. */
export function DropZone() {
  const { t } = useTranslation();
  const { add: addToLibrary } = useImport();
  const { notices, subject } = useApp().stores;
  const aboutOne = useAppState('page', ({ page }) => page !== 'photos');
  const [over, setOver] = useState(false);

  useEffect(() => {
    function add(items: AsyncIterable<ImportItem>): void {
      if (!aboutOne) addToLibrary(items);
      else {
        subject
          .getState()
          .take(items)
          .catch((thrown) => notices.getState().showError(AppError.from(thrown)));
      }
    }
    // Entering a child leaves its parent: only as many leaves as enters mean that the pointer is out.
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    function onEnter(event: DragEvent): void {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setOver(true);
    }
    function onLeave(event: DragEvent): void {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    }
    function onOver(event: DragEvent): void {
      if (hasFiles(event)) event.preventDefault();
    }
    function onDrop(event: DragEvent): void {
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      add(photosFromTransfer(event.dataTransfer));
    }
    function onPaste(event: ClipboardEvent): void {
      if (!event.clipboardData || event.clipboardData.files.length === 0) return;
      // Table and word processors put a picture beside the text that is meant for the field.
      if (isField(event.target) && event.clipboardData.types.includes('text/plain')) return;
      event.preventDefault();
      add(photosFromTransfer(event.clipboardData));
    }
    window.addEventListener('dragenter', onEnter);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('dragover', onOver);
    window.addEventListener('drop', onDrop);
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('dragenter', onEnter);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('drop', onDrop);
      window.removeEventListener('paste', onPaste);
    };
  }, [aboutOne, addToLibrary, notices, subject]);

  if (!over) return null;
  return (
    <div className="animate-appear pointer-events-none fixed inset-0 z-70 bg-paper/80 p-4 backdrop-blur-sm">
      <div className="flex h-full flex-col items-center justify-center gap-3 rounded-3xl border-2 border-dashed border-celadon text-center">
        <ImageDown aria-hidden="true" className="size-12 text-celadon" strokeWidth={1.4} />
        <p className="font-serif text-2xl font-semibold">
          {aboutOne ? t('subject.dropTitle') : t('import.dropTitle')}
        </p>
        <p className="text-ink-soft">{aboutOne ? t('subject.dropText') : t('import.dropText')}</p>
      </div>
    </div>
  );
}
