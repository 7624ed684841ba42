import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { languageNames, languages } from '../i18n/i18n';
import { useLanguage } from '../i18n/useLanguage';
import { Segments } from '../ui/Segments';
import { themes } from './settings-store';

/** Language and appearance. */
export function GeneralPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { setLanguage, setTheme } = useApp().stores.settings.getState();
  const theme = useAppState('settings', (state) => state.theme);
  return (
    <div className="flex flex-col gap-6">
      <Segments
        label={t('settings.language')}
        value={language}
        options={languages.map((value) => ({
          value,
          label: languageNames[value],
          lang: value,
        }))}
        onChange={setLanguage}
      />
      <Segments
        label={t('settings.theme')}
        value={theme}
        options={themes.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
        onChange={setTheme}
      />
    </div>
  );
}
