import { useTranslation } from 'react-i18next';

/** Why nothing leaves the machine, and how to check it. */
export function PrivacyPage() {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-4 text-sm leading-relaxed">
      <p className="font-serif text-2xl leading-snug font-semibold">{t('settings.privacyLead')}</p>
      <p className="text-ink-soft">{t('settings.privacyText')}</p>
      <h3 className="mt-2 font-semibold">{t('settings.privacyVerify')}</h3>
      <ol className="list-decimal space-y-1.5 pl-5 text-ink-soft">
        <li>{t('settings.privacyStep1')}</li>
        <li>{t('settings.privacyStep2')}</li>
        <li>{t('settings.privacyStep3')}</li>
      </ol>
    </div>
  );
}
