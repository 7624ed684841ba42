import i18next from 'i18next';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Language } from '../i18n/i18n';
import { forgetParameter, readSaved, save } from '../saved';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const settingsPages = [
  'general',
  'storage',
  'model',
  'privacy',
  'shortcuts',
  'credits',
] as const;
export type SettingsPage = (typeof settingsPages)[number];

const themeKey = 'r2d2-web.theme';
const languageKey = 'r2d2-web.language';
const singleKeysKey = 'r2d2-web.single-keys';

export interface SettingsState {
  readonly theme: Theme;
  /** Whether keys of one character do something by themselves. */
  readonly singleKeys: boolean;
  /** The page of the settings dialog that is open. */
  readonly openPage: SettingsPage | null;
  setTheme(theme: Theme): void;
  setLanguage(language: Language): void;
  setSingleKeys(singleKeys: boolean): void;
  open(page: SettingsPage): void;
  close(): void;
}

/** Reads the saved language; settings are a convenience, so blocked storage reads as none. */
export function savedLanguage(): string | null {
  return readSaved(languageKey);
}

export function createSettingsStore(): StoreApi<SettingsState> {
  const saved = readSaved(themeKey);
  const theme = themes.find((name) => name === saved) ?? 'system';
  document.documentElement.dataset.theme = theme;
  return createStore<SettingsState>((set) => ({
    theme,
    singleKeys: readSaved(singleKeysKey) !== 'off',
    openPage: null,
    setTheme(next) {
      document.documentElement.dataset.theme = next;
      save(themeKey, next);
      set({ theme: next });
    },
    setLanguage(language) {
      save(languageKey, language);
      forgetParameter('lang');
      void i18next.changeLanguage(language);
    },
    setSingleKeys(singleKeys) {
      save(singleKeysKey, singleKeys ? 'on' : 'off');
      set({ singleKeys });
    },
    open: (openPage) => set({ openPage }),
    close: () => set({ openPage: null }),
  }));
}
