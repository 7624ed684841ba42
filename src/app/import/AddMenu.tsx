import { FolderPlus, ImagePlus, Images, type LucideIcon, Plus } from 'lucide-react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useImport } from './ImportContext';
import { useSampleAlbum } from './useSampleAlbum';

/** "Add photos" in the header. */
export function AddMenu() {
  const { t } = useTranslation();
  const { choosePhotos, chooseFolder, addSample } = useImport();
  const album = useSampleAlbum();
  return (
    <MenuTrigger>
      <Button
        aria-label={t('import.add')}
        className="inline-flex size-11 shrink-0 items-center justify-center gap-2 rounded-full bg-ink text-sm font-medium text-on-ink transition-colors data-hovered:bg-ink-soft lg:w-auto lg:px-5"
      >
        <Plus aria-hidden="true" className="size-5" strokeWidth={1.8} />
        <span className="hidden lg:inline">{t('import.add')}</span>
      </Button>
      <Popover
        placement="bottom end"
        className="animate-appear min-w-60 rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-lift"
      >
        <Menu className="outline-none">
          <Item icon={ImagePlus} text={t('import.choosePhotos')} onAction={choosePhotos} />
          <Item icon={FolderPlus} text={t('import.chooseFolder')} onAction={chooseFolder} />
          {album && (
            <Item icon={Images} text={t('import.sample')} onAction={() => addSample(album)} />
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

interface ItemProps {
  readonly icon: LucideIcon;
  readonly text: string;
  readonly onAction: () => void;
}

function Item({ icon: Icon, text, onAction }: ItemProps) {
  return (
    <MenuItem
      textValue={text}
      onAction={onAction}
      className="flex min-h-11 cursor-pointer items-center gap-3 rounded-xl px-3 text-sm -outline-offset-2 data-focused:bg-sunken"
    >
      <Icon aria-hidden="true" className="size-4.5 text-ink-faint" strokeWidth={1.8} />
      {text}
    </MenuItem>
  );
}
