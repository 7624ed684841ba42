/** Sets up the translations: `?lang=`, else the saved choice, else the browser's language. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import { zh } from './zh';

export const languages = ['zh', 'en'] as const;
export type Language = (typeof languages)[number];

/** Each language's name in itself. */
export const languageNames: Readonly<Record<Language, string>> = { zh: '简体中文', en: 'English' };

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
    enableSelector: false;
  }
}

export function isLanguage(value: unknown): value is Language {
  return languages.some((language) => language === value);
}

/** The first language that is one of ours: asked for in the address, saved, or the browser's. */
export function pickLanguage(
  asked: string | null,
  saved: string | null,
  preferred: readonly string[],
): Language {
  if (isLanguage(asked)) return asked;
  if (isLanguage(saved)) return saved;
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    if (isLanguage(base)) return base;
  }
  return 'en';
}

export async function startI18n(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    supportedLngs: languages,
    resources: { zh: { translation: zh }, en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  reflectLanguage(language);
  i18next.on('languageChanged', reflectLanguage);
}

function reflectLanguage(language: string): void {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language;
}
