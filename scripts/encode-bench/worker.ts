/** Times the image encoders of several packages in turns, on the app's build of onnxruntime-web. */
import { loadRuntime, type Runtime } from '../../src/engine/runtime';
import { GraphSession } from '../../src/engine/session';
import type { Manifest, PackageFile } from '../../src/model/manifest';

export interface EncodeBenchTask {
  /** Addresses of the packages' folders, with a slash at the end. */
  readonly packages: readonly string[];
  readonly threads: number;
  readonly rounds: number;
}

/** Milliseconds of each round, by package. */
export type EncodeTimes = readonly (readonly number[])[];

/** Rounds that nothing is read from: memory is taken and code compiled in the first ones. */
const warmUp = 3;

self.onmessage = ({ data }: MessageEvent<EncodeBenchTask>) => {
  encodeTimes(data).then(self.postMessage, reportError);
};

async function encodeTimes({ packages, threads, rounds }: EncodeBenchTask): Promise<EncodeTimes> {
  if (!crossOriginIsolated) throw new Error('The page is not cross-origin isolated: no threads.');
  const runtime = await loadRuntime('wasm');
  runtime.env.wasm.numThreads = threads;
  const encoders: (() => Promise<unknown>)[] = [];
  for (const folder of packages) encoders.push(await openImageEncoder(runtime, folder));

  const times = packages.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, encode] of encoders.entries()) {
      const start = performance.now();
      await encode();
      if (round >= 0) times[index]?.push(performance.now() - start);
    }
  }
  return times;
}

/** Encodes one photo of noise, which is what the app gives the processor at a time. */
async function openImageEncoder(runtime: Runtime, folder: string): Promise<() => Promise<unknown>> {
  const manifest: Manifest = await (await fetch(`${folder}manifest.json`)).json();
  const graph = manifest.graphs.imageEncoder?.wasm;
  if (!graph) throw new Error(`${manifest.id} has no image encoder for the processor.`);
  const read = async ({ file }: PackageFile) => {
    const response = await fetch(folder + file);
    if (!response.ok) throw new Error(`${folder + file} cannot be read.`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const externalData = [];
  for (const file of graph.external ?? []) {
    externalData.push({ path: file.file, data: await read(file) });
  }
  const session = await GraphSession.create(runtime, 'wasm', 'imageEncoder', {
    graph: await read(graph),
    externalData,
  });
  const { size } = manifest.image;
  const data = Float32Array.from({ length: 3 * size * size }, () => Math.random() * 2 - 1);
  return () => session.run({ pixel_values: { data, dims: [1, 3, size, size] } });
}
