import { Download } from 'lucide-react';
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { asCsv } from '../../export/csv';
import { type ExportedPhoto, exportedPhotos } from '../../export/exported-photo';
import { asJson } from '../../export/json';
import { sidecarArchive } from '../../export/sidecar-archive';
import { useApp, useAppState } from '../app-context';
import type { Language } from '../i18n/i18n';
import { useLanguage } from '../i18n/useLanguage';

type Format = 'xmp' | 'csv' | 'json';

const files: Readonly<
  Record<
    Format,
    {
      name: string;
      type: string;
      write: (photos: readonly ExportedPhoto[], language: Language) => BlobPart;
    }
  >
> = {
  xmp: { name: 'photo-tags-xmp.zip', type: 'application/zip', write: sidecarArchive },
  csv: { name: 'photo-tags.csv', type: 'text/csv', write: asCsv },
  json: { name: 'photo-tags.json', type: 'application/json', write: asJson },
};

/** Downloads tags and captions of the whole library; nothing as long as there are none. */
export function ExportTags() {
  const { t } = useTranslation();
  const { library } = useApp().services;
  const tags = useAppState('library', (state) => state.tags);
  const captions = useAppState('library', (state) => state.captions);
  const language = useLanguage();
  if (tags.size === 0 && captions.size === 0) return null;

  function save(format: Format): void {
    const photos = exportedPhotos(library);
    const { name, type, write } = files[format];
    const url = URL.createObjectURL(new Blob([write(photos, language)], { type }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    // The download has been handed over by then.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  return (
    <MenuTrigger>
      <AriaButton className="inline-flex min-h-11 items-center gap-2 rounded-full border border-line bg-raised px-5 text-sm font-medium data-hovered:border-line-strong">
        <Download aria-hidden="true" className="size-4.5" strokeWidth={1.8} />
        {t('tags.export')}
      </AriaButton>
      <Popover className="animate-appear min-w-64 rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-lift">
        <Menu onAction={(key) => save(key as Format)} className="outline-none">
          {(['xmp', 'csv', 'json'] as const).map((format) => (
            <MenuItem
              key={format}
              id={format}
              className="flex min-h-11 cursor-pointer items-center rounded-xl px-3 text-sm outline-none data-focused:bg-sunken"
            >
              {t(`tags.formats.${format}`)}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
