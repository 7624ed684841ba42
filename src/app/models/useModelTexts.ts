import { useTranslation } from 'react-i18next';
import type { Manifest } from '../../model/manifest';
import { en } from '../i18n/en';
import type { Model } from './models-store';

const own = en.models;

/**
 * What is said of a model: in its manifest's words, or in the page's language where those are the
 * words of the app's own model, and where the browser made it of a file that says nothing of itself.
 */
export function useModelTexts({
  manifest,
  origin,
}: Pick<Model, 'manifest' | 'origin'>): Pick<Manifest, 'description' | 'license' | 'source'> {
  const { t } = useTranslation();
  if (origin.kind === 'split') {
    return {
      description: t('onnxExport.description'),
      license: t('onnxExport.license'),
      source: t('onnxExport.source', { name: origin.name }),
    };
  }
  const { description, license, source } = manifest;
  return {
    description:
      description === own.bundledDescription ? t('models.bundledDescription') : description,
    license,
    source: source === own.bundledSource ? t('models.bundledSource') : source,
  };
}
