/** Tags of a photo: who gave them, and the rules by which hand and label sets get along. */

/** Where a tag comes from. One name may come from several sources. */
export type TagSource =
  | { readonly kind: 'hand' }
  | {
      readonly kind: 'labels';
      /** Name of the label set. */
      readonly set: string;
      /** Of the label among the set's, when the photo was tagged. */
      readonly probability: number;
    };

export interface Tag {
  readonly name: string;
  readonly source: TagSource;
}

export interface PhotoTags {
  readonly tags: readonly Tag[];
  /** Names that were taken away by hand: no label set gives them again. */
  readonly refused: readonly string[];
}

/** A label that a photo takes. */
export interface TakenLabel {
  readonly name: string;
  readonly probability: number;
}

export const noTags: PhotoTags = { tags: [], refused: [] };

/** Each name once, in the order in which they came. */
export function tagNames({ tags }: PhotoTags): readonly string[] {
  return [...new Set(tags.map(({ name }) => name))];
}

/**
 * Gives a tag by hand, or confirms one that a label set gave: from now on it stays. As the rules
 * below, returns what it was given where that changes nothing.
 */
export function tagByHand(before: PhotoTags, name: string): PhotoTags {
  const { tags, refused } = before;
  const present = tags.some((tag) => tag.name === name && tag.source.kind === 'hand');
  if (present && !refused.includes(name)) return before;
  return {
    tags: present ? tags : [...tags, { name, source: { kind: 'hand' } }],
    refused: refused.filter((other) => other !== name),
  };
}

/** Takes a tag away, wherever it came from, for good. */
export function untagByHand(before: PhotoTags, name: string): PhotoTags {
  const { tags, refused } = before;
  if (refused.includes(name) && !tags.some((tag) => tag.name === name)) return before;
  return {
    tags: tags.filter((tag) => tag.name !== name),
    refused: refused.includes(name) ? refused : [...refused, name],
  };
}

/**
 * Puts what a label set gives now in the place of what the same set gave before. Tags by hand and of
 * other sets stay, and what was refused by hand is not given.
 */
export function tagByLabels(
  before: PhotoTags,
  set: string,
  taken: readonly TakenLabel[],
): PhotoTags {
  const { tags, refused } = before;
  const given = taken.filter(({ name }) => !refused.includes(name));
  const givenBefore = tags.flatMap(({ name, source }) =>
    source.kind === 'labels' && source.set === set
      ? [{ name, probability: source.probability }]
      : [],
  );
  if (areSame(given, givenBefore)) return before;
  const others = tags.filter(({ source }) => source.kind !== 'labels' || source.set !== set);
  const added = given.map(
    ({ name, probability }): Tag => ({ name, source: { kind: 'labels', set, probability } }),
  );
  return { tags: [...others, ...added], refused };
}

function areSame(some: readonly TakenLabel[], others: readonly TakenLabel[]): boolean {
  if (some.length !== others.length) return false;
  return some.every(({ name, probability }, index) => {
    const other = others[index];
    return name === other?.name && probability === other.probability;
  });
}
