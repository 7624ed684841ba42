/** Parts of a model that the others can do without: a broken one must not take them down. */
import type { AppError, ErrorCode } from '../errors';
import type { LeftOut, OptionalPart } from './engine';
import type { CallType } from './protocol';

const partOfCall: Readonly<Partial<Record<CallType, OptionalPart>>> = {
  'prepare-ranker': 'ranker',
  rank: 'ranker',
  'prepare-captioner': 'captioner',
  'begin-caption': 'captioner',
  'continue-caption': 'captioner',
};

/** So many workers lost by a part, and the part is given up: the first time it may be chance. */
const lossLimit = 2;

/** Losses that say nothing about the part that was at work. */
const nobodysFault: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['device-lost']);

export class OptionalParts {
  readonly #losses = new Map<OptionalPart, number>();
  #leftOut: LeftOut | undefined;
  #atWork: OptionalPart | undefined;

  leftOut(): LeftOut | undefined {
    return this.#leftOut;
  }

  /** To be called before each call. Throws why the call's part is left out, if it is. */
  begin(type: CallType): void {
    const part = partOfCall[type];
    const error = part && this.#leftOut?.[part];
    if (error) throw error;
    this.#atWork = part;
  }

  /** To be called after each call, whatever came of it. */
  end(): void {
    this.#atWork = undefined;
  }

  /** To be called when the worker was lost: whether it is put down to a part, which may then be left out. */
  blame(error: AppError): 'no part' | 'a part' | 'a part left out' {
    const part = this.#atWork;
    if (!part || nobodysFault.has(error.code)) return 'no part';
    const losses = (this.#losses.get(part) ?? 0) + 1;
    this.#losses.set(part, losses);
    if (losses < lossLimit) return 'a part';
    this.#leftOut = { ...this.#leftOut, [part]: error };
    return 'a part left out';
  }
}
