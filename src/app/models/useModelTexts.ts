import { useTranslation } from 'react-i18next';
import type { Manifest } from '../../model/manifest';
import type { Model } from './models-store';

/**
 * What is said of a model: in its manifest's words, or in the page's language where the model is the
 * app's own, and where the browser made it of a file that says nothing of itself.
 */
export function useModelTexts({
  manifest,
  origin,
  bundled,
}: Pick<Model, 'manifest' | 'origin' | 'bundled'>): Pick<
  Manifest,
  'description' | 'license' | 'source'
> {
  const { t } = useTranslation();
  if (bundled) {
    return {
      description: t('models.bundledDescription'),
      license: manifest.license,
      source: t('models.bundledSource'),
    };
  }
  if (origin.kind !== 'split') return manifest;
  return {
    description: t('onnxExport.description'),
    license: t('onnxExport.license'),
    source: t('onnxExport.source', { name: origin.name }),
  };
}
