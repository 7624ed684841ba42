/** Sentences to token ids, by the `tokenizer.json` of a package. */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { AppError } from '../errors';
import type { Manifest } from './manifest';

export interface TokenizedText {
  /** Special tokens included. */
  readonly ids: Int32Array;
  /** The token strings, one an id. */
  readonly pieces: readonly string[];
}

export class Tokenizer {
  private constructor(
    private readonly tokenizer: HuggingFaceTokenizer,
    private readonly settings: Pick<Manifest['text'], 'maxTokens' | 'prefix'>,
  ) {}

  /**
   * @param json content of tokenizer.json
   * @throws AppError `tokenizer-invalid`
   */
  static create(json: string, settings: Pick<Manifest['text'], 'maxTokens' | 'prefix'>): Tokenizer {
    try {
      return new Tokenizer(new HuggingFaceTokenizer(JSON.parse(json), {}), settings);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new AppError(
        'tokenizer-invalid',
        `The model's tokenizer cannot be used: ${detail}.`,
        { detail },
        { cause },
      );
    }
  }

  /**
   * Puts the package's prefix before the text. What is over `maxTokens` is cut so that the special
   * token at the end stays, as the Python tokenizers library truncates.
   */
  encode(text: string): TokenizedText {
    const { maxTokens, prefix } = this.settings;
    const { ids, tokens } = this.tokenizer.encode(prefix + text);
    return { ids: Int32Array.from(truncate(ids, maxTokens)), pieces: truncate(tokens, maxTokens) };
  }
}

function truncate<T>(items: readonly T[], length: number): readonly T[] {
  return items.length <= length ? items : [...items.slice(0, length - 1), ...items.slice(-1)];
}
