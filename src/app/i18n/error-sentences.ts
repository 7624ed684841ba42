import i18next from 'i18next';
import type { AppError } from '../../errors';

export interface ErrorSentences {
  /** What happened. */
  readonly what: string;
  /** What the person can do. */
  readonly remedy: string;
}

/** The error in the active language. */
export function errorSentences({ code, params }: AppError): ErrorSentences {
  return {
    what: i18next.t(`errors.${code}.what`, params),
    remedy: i18next.t(`errors.${code}.remedy`, params),
  };
}

/** One after the other; Chinese puts no space between sentences. */
export function inARow(...sentences: readonly string[]): string {
  return sentences.join(i18next.language === 'zh' ? '' : ' ');
}
