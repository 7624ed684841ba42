import { useTranslation } from 'react-i18next';
import { mainRegion } from './heat';

/** Says which part of the photo something matches: a word, or with null the whole sentence. */
export function useLooksAt(): (subject: string | null, attention: Float32Array) => string {
  const { t } = useTranslation();
  return (subject, attention) => {
    const where = t(`matching.regions.${mainRegion(attention) ?? 'everywhere'}`);
    return subject === null
      ? t('matching.sentenceLooksAt', { where })
      : t('matching.looksAt', { subject, where });
  };
}
