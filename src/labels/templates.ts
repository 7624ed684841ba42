/** Sentences about labels: a model that learned from captions knows sentences better than words. */
import type { Manifest } from '../model/manifest';
import type { Templates } from './labels';

/** The label itself, for packages that name no templates. */
const plainTemplates: Templates = { zh: ['{}'], en: ['{}'] };

export function templatesOf({ labels }: Pick<Manifest, 'labels'>): Templates {
  return labels?.templates ?? plainTemplates;
}

/** A label's sentences: of the Chinese templates where it has Chinese characters, else the English. */
export function sentencesOf(label: string, templates: Templates): readonly string[] {
  const own = /\p{Script=Han}/u.test(label) ? templates.zh : templates.en;
  const sentences = own.map((template) => template.replaceAll('{}', () => label));
  return sentences.length > 0 ? [...new Set(sentences)] : [label];
}

/** One template a line; a line without the place for the label cannot tell labels apart. */
export function parseTemplates(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line.includes('{}')))];
}
