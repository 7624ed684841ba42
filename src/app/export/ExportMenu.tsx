import { Download } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { asCsv } from '../../export/csv';
import { type ExportedPhoto, exportedPhotos } from '../../export/exported-photo';
import { asJson } from '../../export/json';
import type { PhotoId } from '../../library/library';
import { canPickFolder } from '../../library/sources/folder';
import { useApp, useAppState } from '../app-context';
import type { Language } from '../i18n/i18n';
import { useLanguage } from '../i18n/useLanguage';
import { Button, type ButtonTone } from '../ui/Button';
import { deferred } from '../ui/deferred';
import { download } from './download';

const WriteSidecars = deferred(() =>
  import('./WriteSidecars').then((module) => module.WriteSidecars),
);

type Format = 'xmp' | 'csv' | 'json';

interface ExportedFile {
  readonly name: string;
  readonly type: string;
  readonly write: (
    photos: readonly ExportedPhoto[],
    language: Language,
  ) => BlobPart | Promise<BlobPart>;
}

const files: Readonly<Record<Format, ExportedFile>> = {
  xmp: {
    name: 'photo-metadata-xmp.zip',
    type: 'application/zip',
    // What packs is needed by few, and by them later.
    write: async (...written) =>
      (await import('../../export/sidecar-archive')).sidecarArchive(...written),
  },
  csv: { name: 'photo-metadata.csv', type: 'text/csv', write: asCsv },
  json: { name: 'photo-metadata.json', type: 'application/json', write: asJson },
};

const item =
  'flex min-h-11 cursor-pointer items-center rounded-xl px-3 text-sm outline-none data-focused:bg-sunken';

interface ExportMenuProps {
  /** The photos whose tags and captions are exported; all of the library unless given. */
  readonly ids?: readonly PhotoId[];
  readonly tone?: ButtonTone;
  readonly size?: 'small' | 'regular';
  /** Where there is little room, the words show on wide screens only. */
  readonly compact?: boolean;
}

/** The ways in which tags and captions leave the library; nothing as long as there are none. */
export function ExportMenu({
  ids,
  tone = 'plain',
  size = 'regular',
  compact = false,
}: ExportMenuProps) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const { library } = services;
  const language = useLanguage();
  const isEmpty = useAppState(
    'library',
    ({ tags, captions }) => tags.size === 0 && captions.size === 0,
  );
  const [writing, setWriting] = useState<readonly ExportedPhoto[] | null>(null);
  if (isEmpty) return null;

  const photos = () => exportedPhotos(library, ids && new Set(ids));

  async function save({ name, type, write }: ExportedFile): Promise<void> {
    try {
      download(name, new Blob([await write(photos(), language)], { type }));
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

  return (
    <>
      <MenuTrigger>
        <Button tone={tone} size={size} icon={Download}>
          <span className={compact ? 'max-md:sr-only' : ''}>{t('export.action')}</span>
        </Button>
        <Popover className="animate-appear min-w-64 rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-lift">
          <Menu className="outline-none">
            {(['xmp', 'csv', 'json'] as const).map((format) => (
              <MenuItem key={format} className={item} onAction={() => void save(files[format])}>
                {t(`export.formats.${format}`)}
              </MenuItem>
            ))}
            {canPickFolder() && (
              <MenuItem className={item} onAction={() => setWriting(photos())}>
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
