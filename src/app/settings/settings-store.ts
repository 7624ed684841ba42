import i18next from 'i18next';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Language } from '../i18n/i18n';

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

export interface SettingsState {
  readonly theme: Theme;
  /** The page of the settings dialog that is open. */
  readonly openPage: SettingsPage | null;
  setTheme(theme: Theme): void;
  setLanguage(language: Language): void;
  open(page: SettingsPage): void;
  close(): void;
}

/** Reads the saved language; settings are a convenience, so blocked storage reads as none. */
export function savedLanguage(): string | null {
  return read(languageKey);
}

export function createSettingsStore(): StoreApi<SettingsState> {
  const saved = read(themeKey);
  const theme = themes.find((name) => name === saved) ?? 'system';
  document.documentElement.dataset.theme = theme;
  return createStore<SettingsState>((set) => ({
    theme,
    openPage: null,
    setTheme(next) {
      document.documentElement.dataset.theme = next;
      write(themeKey, next);
      set({ theme: next });
    },
    setLanguage(language) {
      write(languageKey, language);
      forgetLanguageOfAddress();
      void i18next.changeLanguage(language);
    },
    open: (openPage) => set({ openPage }),
    close: () => set({ openPage: null }),
  }));
}

/** A language in the address would win over the choice at the next visit. */
function forgetLanguageOfAddress(): void {
  const address = new URL(location.href);
  address.searchParams.delete('lang');
  history.replaceState(history.state, '', address);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch (cause) {
    console.warn(`The setting ${key} holds for this visit only.`, cause);
  }
}
