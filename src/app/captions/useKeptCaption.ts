import type { CaptionLanguage, PhotoCaptions } from '../../library/captions';
import type { PhotoId } from '../../library/library';
import { useAppState } from '../app-context';
import { useLanguage } from '../i18n/useLanguage';

export interface KeptCaption {
  readonly text: string;
  readonly language: CaptionLanguage;
}

/** The caption in the page's language, else the one in the other; null without any. */
export function keptCaption(
  captions: PhotoCaptions | undefined,
  language: CaptionLanguage,
): KeptCaption | null {
  const other = language === 'zh' ? 'en' : 'zh';
  for (const candidate of [language, other] as const) {
    const text = captions?.[candidate]?.text;
    if (text !== undefined) return { text, language: candidate };
  }
  return null;
}

/** The caption that stands for a photo where it cannot be seen. */
export function useKeptCaption(id: PhotoId): KeptCaption | null {
  const language = useLanguage();
  const captions = useAppState('library', (state) => state.captions.get(id));
  return keptCaption(captions, language);
}
