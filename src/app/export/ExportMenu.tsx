import { Download } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { asCsv } from '../../export/csv';
import { type ExportedPhoto, exportedPhotos, hasContent } from '../../export/exported-photo';
import { asJson } from '../../export/json';
import type { PhotoId } from '../../library/library';
import { canPickFolder } from '../../library/sources/folder';
import { useApp, useAppState } from '../app-context';
import type { Language } from '../i18n/i18n';
import { useLanguage } from '../i18n/useLanguage';
import { Button, CompactButton } from '../ui/Button';
import { deferred } from '../ui/deferred';
import { download } from './download';

const WriteSidecars = deferred(() =>
  import('./WriteSidecars').then((module) => module.WriteSidecars),
);

type Format = 'xmp' | 'csv' | 'json';

interface ExportedFile {
  readonly name: string;
  readonly type: string;
  /** Whether it says anything of a photo of which something is known. */
  readonly takes: (photo: ExportedPhoto) => boolean;
  /** The contents of one or, where that cannot hold all of it, of several files. */
  readonly write: (
    photos: readonly ExportedPhoto[],
    language: Language,
  ) => readonly BlobPart[] | Promise<readonly BlobPart[]>;
}

const anything = () => true;

const files: Readonly<Record<Format, ExportedFile>> = {
  xmp: {
    name: 'photo-metadata-xmp.zip',
    type: 'application/zip',
    takes: hasContent,
    // What packs is needed by few, and by them later.
    write: async (...written) =>
      (await import('../../export/sidecar-archive')).sidecarArchives(...written),
  },
  csv: {
    name: 'photo-metadata.csv',
    type: 'text/csv',
    takes: hasContent,
    write: (photos) => [asCsv(photos)],
  },
  json: {
    name: 'photo-metadata.json',
    type: 'application/json',
    takes: anything,
    write: (photos) => [asJson(photos)],
  },
};

const item =
  'flex min-h-11 cursor-pointer items-center rounded-xl px-3 text-sm -outline-offset-2 data-focused:bg-sunken';

interface ExportMenuProps {
  /** The photos whose tags and captions are exported; all of the library unless given. */
  readonly ids?: readonly PhotoId[];
  /** Where there is little room, the words show on wide screens only. */
  readonly compact?: boolean;
}

/** The ways in which tags and captions leave the library; as long as there are none, it says so. */
export function ExportMenu({ ids, compact = false }: ExportMenuProps) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const { library } = services;
  const language = useLanguage();
  const isEmpty = useAppState(
    'library',
    ({ tags, captions }) => tags.size === 0 && captions.size === 0,
  );
  const [writing, setWriting] = useState<readonly ExportedPhoto[] | null>(null);

  /** What there is to say of the photos; where there is nothing, the person is told. */
  function photosWith(takes: ExportedFile['takes']): readonly ExportedPhoto[] | null {
    const photos = exportedPhotos(library, ids && new Set(ids)).filter(takes);
    if (photos.length > 0) return photos;
    sayWhatIsMissing();
    return null;
  }

  async function save({ name, type, takes, write }: ExportedFile): Promise<void> {
    try {
      const photos = photosWith(takes);
      if (!photos) return;
      const contents = await write(photos, language);
      for (const [index, content] of contents.entries()) {
        const numbered = index === 0 ? name : name.replace('.', `-${index + 1}.`);
        download(numbered, new Blob([content], { type }));
      }
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

  function sayWhatIsMissing(): void {
    const title = t('export.nothing');
    stores.notices.getState().show({ tone: 'info', title, detail: t('export.nothingHint') });
  }

  const button = { compact, isDisabled: ids?.length === 0 };
  if (isEmpty) return <ExportButton {...button} onPress={sayWhatIsMissing} />;
  return (
    <>
      <MenuTrigger>
        <ExportButton {...button} />
        <Popover className="animate-appear min-w-64 rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-lift">
          <Menu className="outline-none">
            {(['xmp', 'csv', 'json'] as const).map((format) => (
              <MenuItem key={format} className={item} onAction={() => void save(files[format])}>
                {t(`export.formats.${format}`)}
              </MenuItem>
            ))}
            {canPickFolder() && (
              <MenuItem className={item} onAction={() => setWriting(photosWith(anything))}>
                {t('export.formats.beside')}
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      {writing && <WriteSidecars photos={writing} onClose={() => setWriting(null)} />}
    </>
  );
}

interface ExportButtonProps {
  readonly compact: boolean;
  readonly isDisabled: boolean;
  readonly onPress?: () => void;
}

function ExportButton({ compact, ...props }: ExportButtonProps) {
  const { t } = useTranslation();
  const label = t('export.action');
  if (compact) return <CompactButton {...props} icon={Download} label={label} />;
  return (
    <Button {...props} icon={Download}>
      {label}
    </Button>
  );
}
