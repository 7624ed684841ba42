import { HardDrive, Heart, Keyboard, Lock, ScanSearch, SlidersHorizontal } from 'lucide-react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { ModelsPage } from '../models/ModelsPage';
import { Sheet } from '../ui/Dialogs';
import { CreditsPage } from './CreditsPage';
import { GeneralPage } from './GeneralPage';
import { PrivacyPage } from './PrivacyPage';
import { ShortcutsPage } from './ShortcutsPage';
import { StoragePage } from './StoragePage';
import { type SettingsPage, settingsPages } from './settings-store';

const pages = {
  general: { icon: SlidersHorizontal, Page: GeneralPage },
  storage: { icon: HardDrive, Page: StoragePage },
  model: { icon: ScanSearch, Page: ModelsPage },
  privacy: { icon: Lock, Page: PrivacyPage },
  shortcuts: { icon: Keyboard, Page: ShortcutsPage },
  credits: { icon: Heart, Page: CreditsPage },
} as const satisfies Record<SettingsPage, unknown>;

/** Settings, and what there is to know about the app. */
export function SettingsDialog() {
  const { t } = useTranslation();
  const { settings } = useApp().stores;
  const openPage = useAppState('settings', (state) => state.openPage);
  const { open, close } = settings.getState();
  return (
    <Sheet title={t('settings.title')} isOpen={openPage !== null} onClose={close}>
      <Tabs
        selectedKey={openPage ?? 'general'}
        onSelectionChange={(key) => {
          const page = settingsPages.find((name) => name === key);
          if (page) open(page);
        }}
        orientation="vertical"
        className="flex min-h-0 flex-1 flex-col sm:flex-row"
      >
        <TabList
          aria-label={t('settings.title')}
          className="flex shrink-0 gap-1 overflow-x-auto border-b border-line p-2 [scrollbar-width:none] sm:w-48 sm:flex-col sm:border-r sm:border-b-0 sm:p-3"
        >
          {settingsPages.map((name) => {
            const { icon: Icon } = pages[name];
            return (
              <Tab
                key={name}
                id={name}
                className="flex min-h-11 shrink-0 cursor-pointer items-center gap-3 rounded-full px-4 text-sm whitespace-nowrap text-ink-soft transition-colors data-hovered:text-ink data-selected:bg-sunken data-selected:font-medium data-selected:text-ink"
              >
                <Icon aria-hidden="true" className="hidden size-4.5 sm:block" strokeWidth={1.8} />
                {t(`settings.${name}`)}
              </Tab>
            );
          })}
        </TabList>
        {settingsPages.map((name) => {
          const { Page } = pages[name];
          return (
            <TabPanel key={name} id={name} className="min-h-0 flex-1 overflow-y-auto p-6 sm:p-8">
              <Page />
            </TabPanel>
          );
        })}
      </Tabs>
    </Sheet>
  );
}
