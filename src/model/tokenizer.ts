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
  /** The special tokens around every text. */
  readonly #frame: readonly number[];

  private constructor(
    private readonly tokenizer: HuggingFaceTokenizer,
    private readonly settings: Pick<Manifest['text'], 'maxTokens' | 'prefix'>,
  ) {
    this.#frame = tokenizer.encode('').ids;
  }

  /**
   * @param json content of tokenizer.json
   * @throws AppError `tokenizer-invalid`
   */
  static create(json: string, settings: Pick<Manifest['text'], 'maxTokens' | 'prefix'>): Tokenizer {
    try {
      const definition = completed(JSON.parse(json));
      // The library takes a WordLevel's token for unknown words from here only.
      const config = { unk_token: definition.model?.unk_token };
      return new Tokenizer(new HuggingFaceTokenizer(definition, config), settings);
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
   * tokens at the end stay, as the Python tokenizers library truncates.
   */
  encode(text: string): TokenizedText {
    const { maxTokens, prefix } = this.settings;
    const { ids, tokens } = this.tokenizer.encode(prefix + text);
    const end = commonEnd(ids, this.#frame);
    return {
      ids: Int32Array.from(truncate(ids, maxTokens, end)),
      pieces: truncate(tokens, maxTokens, end),
    };
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

/** What the Python library reads otherwise than the one here, put so that both agree. */
function completed(definition: TokenizerDefinition): TokenizerDefinition {
  const splitting = definition.pre_tokenizer;
  return {
    normalizer: null,
    post_processor: null,
    added_tokens: [],
    ...definition,
    pre_tokenizer: splitting ? byUnicode(splitting) : null,
    decoder: definition.decoder ?? decoderOf(definition),
  };
}

/** What `\w` of the Python library's regular expressions means, for use within brackets. */
const wordCharacters = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;

/** The library's own `Whitespace` knows ASCII words only. */
function byUnicode(step: SplittingStep): SplittingStep {
  if (step.pretokenizers) return { ...step, pretokenizers: step.pretokenizers.map(byUnicode) };
  if (step.type !== 'Whitespace') return step;
  const pattern = { Regex: String.raw`[${wordCharacters}]+|[^\s${wordCharacters}]+` };
  return { type: 'Split', pattern, behavior: 'Removed', invert: true };
}

/** Models that only read may come without a decoder: this one undoes their splitting. */
function decoderOf({ pre_tokenizer, model }: TokenizerDefinition): object | null {
  const steps = pre_tokenizer?.pretokenizers ?? [pre_tokenizer];
  return (
    steps.find((step) => step?.type === 'Metaspace' || step?.type === 'ByteLevel') ??
    (model?.type === 'WordPiece' ? { type: 'WordPiece', prefix: '##' } : null)
  );
}

/** As much of tokenizer.json as is looked at here. */
interface TokenizerDefinition {
  readonly normalizer?: object | null;
  readonly pre_tokenizer?: SplittingStep | null;
  readonly post_processor?: object | null;
  readonly added_tokens?: readonly object[];
  readonly decoder?: object | null;
  readonly model?: { readonly type?: string; readonly unk_token?: string };
}

interface SplittingStep {
  readonly type?: string;
  /** Of a `Sequence`. */
  readonly pretokenizers?: readonly SplittingStep[];
  readonly pattern?: object;
  readonly behavior?: string;
  readonly invert?: boolean;
}

/** How many items at their ends two lists share. */
function commonEnd(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < length && a.at(-1 - shared) === b.at(-1 - shared)) shared++;
  return shared;
}

/** At most `length` items, the last `end` ones among them. */
function truncate<T>(items: readonly T[], length: number, end: number): readonly T[] {
  if (items.length <= length) return items;
  return [...items.slice(0, length - end), ...items.slice(items.length - end)];
}
