import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../errors';
import { CurrentIndex } from './current-index';
import type { SearchUpdate } from './search';
import { MemoryLibrary, modelKey } from './testing/memory-library';
import { near, photosWith, ranks, start, texts } from './testing/queries';
import { ScriptedEngine, testManifest, turn } from './testing/scripted-engine';
import { maxHits } from './two-stage-search';

const ids = (update: SearchUpdate | undefined) => update?.hits.map(({ photoId }) => photoId);

/** Twenty candidates, the last of them the best match, and four photos more. */
const matches = Array.from({ length: 24 }, (_, i) => (i === 19 ? 0.95 : 0.6 - i * 0.02));

describe('a search', () => {
  it('shows the order by cosine, then the order by match and cosine as scores arrive', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const engine = new ScriptedEngine(texts);
    const query = start(library, engine);
    const updates = await query('雪地里的狗');

    expect(updates.map(({ stage }) => stage)).toEqual([
      'pre-rank',
      're-rank',
      're-rank',
      're-rank',
      'done',
    ]);
    expect(ids(updates[0])).toEqual(Object.keys(photosWith(matches)));
    expect(updates[0]?.hits[0]).toEqual({
      photoId: 'p00',
      rank: 1,
      cosine: expect.closeTo(0.9, 5),
      likely: true,
    });
    expect(
      updates.map(({ hits }) => hits.filter(({ match }) => match !== undefined).length),
    ).toEqual([0, 2, 10, 18, 20]);
    const last = updates.at(-1);
    expect(ids(last)?.slice(0, 3)).toEqual(['p19', 'p00', 'p01']);
    expect(last?.hits[0]).toMatchObject({ rank: 1, likely: true });
    expect(last?.hits[0]?.match).toBeCloseTo(0.95, 6);
    expect(ids(last)?.slice(20)).toEqual(['p20', 'p21', 'p22', 'p23']);
    expect(ranks(engine)).toEqual([2, 8, 8, 2]);
    expect(engine.calls.every(({ options }) => options.priority === 'interactive')).toBe(true);
  });

  it('computes nothing twice', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const engine = new ScriptedEngine(texts);
    const query = start(library, engine);
    const first = await query('雪地里的狗');
    const calls = engine.calls.length;
    const second = await query(' 雪地里的狗 ');
    expect(engine.calls.length).toBe(calls);
    expect(second).toEqual([{ ...first.at(-1), query: ' 雪地里的狗 ' }]);
  });

  it('ranks only what is new when photos have been added', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const engine = new ScriptedEngine(texts);
    const query = start(library, engine);
    await query('雪地里的狗');
    library.add({ newcomer: { embedding: near(0.895), match: 1 } });
    const updates = await query('雪地里的狗');
    expect(ranks(engine)).toEqual([2, 8, 8, 2, 1]);
    expect(updates.map(({ stage }) => stage)).toEqual(['pre-rank', 'done']);
    // The newcomer took the place of the last candidate, the best match of the first round.
    expect(ids(updates[1])?.slice(0, 3)).toEqual(['newcomer', 'p00', 'p01']);
    expect(updates[1]?.hits.filter(({ match }) => match !== undefined)).toHaveLength(20);
  });

  it('waits for the stored embeddings, and then finds them', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const engine = new ScriptedEngine(texts);
    const state = engine.getState();
    engine.setState({ status: 'loading', progress: null });
    const query = start(library, engine);
    const updates = query('cat');
    await turn();
    engine.setState(state);
    expect((await updates).at(-1)?.hits).toHaveLength(24);
  });

  it(`ends with the best ${maxHits} photos`, async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(Array(maxHits + 20).fill(0.5)));
    const query = start(library, new ScriptedEngine(texts));
    const updates = await query('cat');
    expect(updates.every(({ hits }) => hits.length === maxHits)).toBe(true);
  });

  it('is done at once with a package that has no ranker', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const { imageEncoder, textEncoder } = testManifest().graphs;
    const manifest = testManifest({ graphs: { imageEncoder, textEncoder } });
    const engine = new ScriptedEngine(texts, manifest);
    const query = start(library, engine);
    const updates = await query('雪地里的狗');
    expect(updates.map(({ stage }) => stage)).toEqual(['done']);
    expect(updates[0]?.hits[0]).toEqual({
      photoId: 'p00',
      rank: 1,
      cosine: expect.closeTo(0.9, 5),
      likely: true,
    });
    expect(ranks(engine)).toEqual([]);
  });

  it('is done at once where the ranker is for another back end', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const { graphs } = testManifest();
    const ranker = { webgpu: graphs.ranker?.wasm };
    const engine = new ScriptedEngine(texts, testManifest({ graphs: { ...graphs, ranker } }));
    const query = start(library, engine);
    const [only, ...others] = await query('雪地里的狗');
    expect(only).toMatchObject({ stage: 'done', candidates: 0 });
    expect(only).not.toHaveProperty('rerankError');
    expect(others).toEqual([]);
    expect(ranks(engine)).toEqual([]);
  });

  it('reads the best of a few photos first, and then the others', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith([0.9, 0.1, 0.8]));
    const query = start(library, new ScriptedEngine(texts));
    const updates = await query('雪地里的狗');
    expect(updates.map(({ stage }) => stage)).toEqual(['pre-rank', 're-rank', 'done']);
  });

  it('answers an empty library with no hits, and an empty query with nothing', async () => {
    const query = start(new MemoryLibrary(), new ScriptedEngine(texts));
    expect(await query('cat')).toEqual([{ query: 'cat', stage: 'done', hits: [], candidates: 0 }]);
    expect(await query(' \n')).toEqual([]);
  });

  it('drops photos that are removed on the way', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const query = start(library, new ScriptedEngine(texts));
    const updates = await query('雪地里的狗', {
      onUpdate({ stage }) {
        if (stage === 'pre-rank') library.remove('p00', 'p12', 'p21');
      },
    });
    for (const update of updates.slice(1)) {
      expect(update.hits).toHaveLength(21);
      expect(ids(update)).not.toContain('p00');
    }
    expect(updates.at(-1)?.hits.filter(({ match }) => match !== undefined)).toHaveLength(18);
  });

  it('moves to the index of another model', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const engine = new ScriptedEngine(texts);
    const query = start(library, engine);
    await query('cat');
    engine.setState({
      status: 'ready',
      backend: 'wasm',
      modelKey: 'other@2',
      manifest: testManifest({ id: 'other', version: '2' }),
    });
    expect((await query('cat')).at(-1)?.hits).toEqual([]);
    expect(library.listeners).toBe(1);
    expect(engine.calls.filter(({ kind }) => kind === 'encodeText')).toHaveLength(2);
  });
});

describe('a cancelled search', () => {
  it('ends without a word, wherever it is', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const aborted = new AbortController();
    aborted.abort();
    const query = start(library, new ScriptedEngine(texts));
    expect(await query('cat', { signal: aborted.signal })).toEqual([]);
    for (const [stage, updates] of [
      ['pre-rank', 1],
      ['re-rank', 2],
    ] as const) {
      const controller = new AbortController();
      const query = start(library, new ScriptedEngine(texts));
      const received = await query('雪地里的狗', {
        onUpdate(update) {
          if (update.stage === stage) controller.abort();
        },
        signal: controller.signal,
      });
      expect(received).toHaveLength(updates);
    }
  });

  it('ends while it waits for an engine that never gets ready', async () => {
    const engine = new ScriptedEngine(texts);
    engine.setState({ status: 'loading', progress: null });
    const query = start(new MemoryLibrary(), engine);
    const controller = new AbortController();
    const updates = query('cat', { signal: controller.signal });
    await turn();
    controller.abort();
    expect(await updates).toEqual([]);
  });

  it('gives way to a newer one, which takes its calls out of the engine', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const engine = new ScriptedEngine(texts);
    const query = start(library, engine);
    const older = query('雪地里的狗');
    while (ranks(engine).length === 0) await turn();
    const newer = query('cat');
    expect((await older).map(({ stage }) => stage)).toEqual(['pre-rank']);
    const abortedCalls = engine.calls.filter(({ options }) => options.signal?.aborted);
    expect(abortedCalls.map(({ kind }) => kind)).toEqual(['encodeText', 'rank']);
    const updates = await newer;
    expect(updates.at(-1)).toMatchObject({ query: 'cat', stage: 'done' });
    expect(updates.every((update) => update.query === 'cat')).toBe(true);
  });
});

describe('a failure', () => {
  it('of the ranker leaves the pre-ranked photos, and what was ranked for the next try', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const engine = new ScriptedEngine(texts);
    engine.failingRank = 2;
    const query = start(library, engine);
    const updates = await query('雪地里的狗');
    expect(updates.map(({ stage }) => stage)).toEqual(['pre-rank', 're-rank', 'done']);
    expect(updates[2]?.rerankError).toMatchObject({ code: 'device-lost' });
    expect(ids(updates[2])).toEqual(ids(updates[0]));
    expect(updates[2]?.hits.some(({ match }) => match !== undefined)).toBe(false);

    const again = await query('雪地里的狗');
    expect(again.at(-1)).not.toHaveProperty('rerankError');
    expect(ids(again.at(-1))?.[0]).toBe('p19');
    expect(ranks(engine)).toEqual([2, 8, 2, 8, 8]);
  });

  it('of the stored tokens does the same', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    const query = start(library, new ScriptedEngine(texts));
    const updates = await query('雪地里的狗', {
      onUpdate({ stage }) {
        if (stage === 'pre-rank') library.failure = new Error('disk');
      },
    });
    expect(updates.at(-1)).toMatchObject({ stage: 'done', rerankError: { code: 'run-failed' } });
    expect(updates.at(-1)?.hits).toHaveLength(24);
  });

  it('of the text encoder is thrown', async () => {
    const query = start(new MemoryLibrary(), new ScriptedEngine(texts));
    await expect(query('unknown')).rejects.toMatchObject({ code: 'run-failed' });
  });

  it('of the engine is thrown', async () => {
    const engine = new ScriptedEngine(texts);
    engine.setState({ status: 'failed', error: new AppError('session-failed', 'No memory.') });
    const query = start(new MemoryLibrary(), engine);
    await expect(query('cat')).rejects.toMatchObject({ code: 'session-failed' });
  });

  it('of the library is thrown, and mended by the next search', async () => {
    const library = new MemoryLibrary();
    library.add(photosWith(matches));
    library.failure = new AppError('storage-unavailable', 'No database.');
    const query = start(library, new ScriptedEngine(texts));
    await expect(query('cat')).rejects.toMatchObject({ code: 'storage-unavailable' });
    library.failure = null;
    expect((await query('cat')).at(-1)?.hits).toHaveLength(24);
  });
});

it('is ready for the first query as soon as the engine is', async () => {
  const library = new MemoryLibrary();
  library.add(photosWith(matches));
  const index = new CurrentIndex(new ScriptedEngine(texts), library);
  await vi.waitFor(() => expect(index.of(modelKey, testManifest()).size).toBe(24));
});

it('finds only photos among those that are asked for', async () => {
  const library = new MemoryLibrary();
  library.add(photosWith([0.9, 0.1, 0.8, 0.2]));
  const query = start(library, new ScriptedEngine(texts));
  const updates = await query('雪地里的狗', { among: new Set(['p01', 'p02', 'gone']) });
  expect(ids(updates.at(-1))).toEqual(['p02', 'p01']);
});
