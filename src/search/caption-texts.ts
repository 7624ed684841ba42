/** Photos whose captions hold the words of a query: plain text search beside the embeddings. */
import type { PhotoCaptions, StoredCaption } from '../library/captions';
import type { Library, PhotoId } from '../library/library';

/** Who wrote the caption that holds the words; a person's counts more. */
export type CaptionAuthor = StoredCaption['source']['kind'];

/** Words that say nothing about a photo; they count only where a query has no others. */
const fillers = new Set(
  'a an the of in on at to with and is are 的 了 着 在 是 和 与 里 上 有 一 个 一个 一只 一张'.split(
    ' ',
  ),
);

/** Captions ready to be compared. */
interface FoldedText {
  /** In lower case and compatible forms. */
  readonly text: string;
  /** Its words that are not Chinese, each between two blanks. */
  readonly words: string;
}

interface FoldedCaptions {
  readonly byHand: FoldedText | null;
  readonly all: FoldedText;
}

/** Captions folded between two pauses, ahead of the first query. */
const foldedAtOnce = 1000;

export class CaptionTexts {
  /** Captions never change, they are replaced: what is folded of them stays true. */
  readonly #folded = new WeakMap<PhotoCaptions, FoldedCaptions>();
  #entries: readonly (readonly [PhotoId, FoldedCaptions])[] = [];
  #entriesOf: ReadonlyMap<PhotoId, PhotoCaptions> | null = null;

  constructor(private readonly library: Pick<Library, 'captions'>) {
    void this.#prepare();
  }

  /**
   * Photos whose captions hold every word of the query, in either language or both together: Chinese
   * words as they stand anywhere, others as whole words, whatever their case.
   */
  holding(query: string): ReadonlyMap<PhotoId, CaptionAuthor> {
    const found = new Map<PhotoId, CaptionAuthor>();
    const holds = holdsWords(query);
    if (!holds) return found;
    for (const [id, { byHand, all }] of this.#current()) {
      if (byHand && holds(byHand)) found.set(id, 'hand');
      else if (holds(all)) found.set(id, 'model');
    }
    return found;
  }

  /** One entry a photo; the library gives another map whenever a caption has changed. */
  #current(): readonly (readonly [PhotoId, FoldedCaptions])[] {
    const captions = this.library.captions();
    if (this.#entriesOf !== captions) {
      this.#entries = Array.from(captions, ([id, ofPhoto]) => [id, this.#fold(ofPhoto)]);
      this.#entriesOf = captions;
    }
    return this.#entries;
  }

  async #prepare(): Promise<void> {
    let folded = 0;
    for (const captions of this.library.captions().values()) {
      this.#fold(captions);
      folded++;
      if (folded % foldedAtOnce === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  }

  #fold(captions: PhotoCaptions): FoldedCaptions {
    const known = this.#folded.get(captions);
    if (known) return known;
    const texts = [captions.zh, captions.en].filter((caption) => caption !== undefined);
    const hand = texts.filter(({ source }) => source.kind === 'hand');
    const all = fold(texts);
    const byHand = hand.length === texts.length ? all : hand.length > 0 ? fold(hand) : null;
    const folded = { byHand, all };
    this.#folded.set(captions, folded);
    return folded;
  }
}

function fold(captions: readonly StoredCaption[]): FoldedText {
  const text = comparable(captions.map((caption) => caption.text).join('\n'));
  return { text, words: ` ${text.match(otherWords)?.join(' ') ?? ''} ` };
}

function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

const otherWords = /[^\P{L}\p{Script=Han}]+|\p{N}+/gu;
const han = /\p{Script=Han}/u;

/** Null where the query has no words. */
function holdsWords(query: string): ((folded: FoldedText) => boolean) | null {
  const segments = new Intl.Segmenter('zh', { granularity: 'word' }).segment(comparable(query));
  const all = [...segments].flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : []));
  const telling = all.filter((word) => !fillers.has(word));
  const words = telling.length > 0 ? telling : all;
  const chinese = words.filter((word) => han.test(word));
  const others = words
    .filter((word) => !han.test(word))
    .flatMap((word) => word.match(otherWords) ?? [])
    .map((word) => ` ${word} `);
  // Some signs count as words and have no letter: every caption would hold them.
  if (chinese.length + others.length === 0) return null;
  return ({ text, words: known }) =>
    chinese.every((word) => text.includes(word)) && others.every((word) => known.includes(word));
}
