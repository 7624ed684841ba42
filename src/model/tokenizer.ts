/** Sentences to token ids and back, by the `tokenizer.json` of a package. */
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
      return new Tokenizer(new HuggingFaceTokenizer(withDecoder(JSON.parse(json)), {}), settings);
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

  /** The sentence that the ids make, special tokens left out. */
  decode(ids: readonly number[]): string {
    if (ids.length === 0) return '';
    const text = this.tokenizer.decode([...ids], { skip_special_tokens: true });
    // WordPiece puts a blank before every character; half of a character decodes to U+FFFD.
    return text
      .replace(/\uFFFD+$/u, '')
      .replace(blankInChinese, '')
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** Ids that stand for no text: padding, beginning and end, and what is unknown. */
  specialIds(): number[] {
    return [...this.tokenizer.get_added_tokens_decoder().values()]
      .filter(({ special }) => special)
      .map(({ id }) => id);
  }
}

const blankInChinese =
  /(?<=[\p{Script=Han}\u3000-\u303F\uFF00-\uFFEF])\s+(?=[\p{Script=Han}\u3000-\u303F\uFF00-\uFFEF])/gu;

/** Models that only read may come without a decoder: the one that undoes their splitting is added. */
function withDecoder(definition: TokenizerDefinition): TokenizerDefinition {
  if (definition.decoder) return definition;
  const steps = definition.pre_tokenizer?.pretokenizers ?? [definition.pre_tokenizer];
  const decoder =
    steps.find((step) => step?.type === 'Metaspace' || step?.type === 'ByteLevel') ??
    (definition.model?.type === 'WordPiece' ? { type: 'WordPiece', prefix: '##' } : undefined);
  return { ...definition, decoder: decoder ?? null };
}

/** As much of tokenizer.json as is looked at here. */
interface TokenizerDefinition {
  readonly decoder?: object | null;
  readonly pre_tokenizer?: SplittingStep & { readonly pretokenizers?: readonly SplittingStep[] };
  readonly model?: { readonly type?: string };
}

interface SplittingStep {
  readonly type?: string;
}

function truncate<T>(items: readonly T[], length: number): readonly T[] {
  return items.length <= length ? items : [...items.slice(0, length - 1), ...items.slice(-1)];
}
