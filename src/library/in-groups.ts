/** Files come one by one, and are written many at a time. */

const itemsAtOnce = 100;
const flushMs = 250;
/** Photos that one transaction changes: a longer one would hold up all others. */
const changesAtOnce = 200;

/**
 * Hands items on in groups of a hundred, or of what came within a quarter of a second. Where the
 * source fails midway, what came before is handed on; after an abort nothing is.
 *
 * @throws what the source or `take` throws
 */
export async function inGroups<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
  take: (group: readonly T[]) => Promise<void>,
): Promise<void> {
  let group: T[] = [];
  let takenAt = performance.now();
  const flush = async () => {
    if (signal.aborted || group.length === 0) return;
    await take(group);
    group = [];
    takenAt = performance.now();
  };
  try {
    for await (const item of items) {
      if (signal.aborted) return;
      group.push(item);
      if (group.length >= itemsAtOnce || performance.now() - takenAt >= flushMs) await flush();
    }
  } finally {
    await flush();
  }
}

/** Many photos in groups that are changed in one transaction each. */
export function* transactionGroups<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += changesAtOnce) {
    yield items.slice(start, start + changesAtOnce);
  }
}
