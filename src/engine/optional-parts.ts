/** Parts of a model that the others can do without: a broken one must not take them down. */
import type { AppError, ErrorCode } from '../errors';
import type { CallType } from './protocol';

type OptionalPart = 'ranker' | 'captioner';

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
  readonly #givenUp = new Map<OptionalPart, AppError>();
  #atWork: OptionalPart | undefined;

  /** To be called before each call. Throws why the call's part was given up, if it was. */
  begin(type: CallType): void {
    this.#atWork = partOfCall[type];
    const error = this.#atWork && this.#givenUp.get(this.#atWork);
    if (error) throw error;
  }

  /** To be called when the worker was lost: true where the part at work is given up for it. */
  giveUp(error: AppError): boolean {
    const part = this.#atWork;
    if (!part || nobodysFault.has(error.code)) return false;
    const losses = (this.#losses.get(part) ?? 0) + 1;
    this.#losses.set(part, losses);
    if (losses < lossLimit) return false;
    this.#givenUp.set(part, error);
    return true;
  }
}
