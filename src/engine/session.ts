/** One graph on its back end. Runs in the engine's worker. */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { AppError } from '../errors';
import type { GraphFile, GraphRole } from '../model/manifest';
import { type ModelPackage, type ReadOptions, readFile } from '../model/packages/open';
import type { Backend } from './engine';
import type { Runtime } from './runtime';

/** What onnxruntime-web takes: a graph and the weights that lie beside it. */
export interface GraphBytes {
  readonly graph: Uint8Array<ArrayBuffer>;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** @throws AppError as {@link readFile} */
export async function readGraph(
  model: ModelPackage,
  graph: GraphFile,
  options: ReadOptions = {},
): Promise<GraphBytes> {
  // Graphs name their weights relative to themselves, the manifest relative to the package.
  const folder = graph.file.slice(0, graph.file.lastIndexOf('/') + 1);
  const externalData = [];
  for (const file of graph.external ?? []) {
    const path = file.file.startsWith(folder) ? file.file.slice(folder.length) : file.file;
    externalData.push({ path, data: await readFile(model, file, options) });
  }
  return { graph: await readFile(model, graph, options), externalData };
}

export type Inputs = Readonly<
  Record<string, { readonly data: Float32Array | Int32Array; readonly dims: readonly number[] }>
>;

/** Outputs by name. A failed session must not be called again: the worker is to be ended. */
export class GraphSession {
  private constructor(
    private readonly runtime: Runtime,
    private readonly role: GraphRole,
    private readonly session: InferenceSession,
  ) {}

  /** @throws AppError `session-failed` */
  static async create(
    runtime: Runtime,
    backend: Backend,
    role: GraphRole,
    { graph, externalData }: GraphBytes,
  ): Promise<GraphSession> {
    try {
      const session = await runtime.InferenceSession.create(graph, {
        executionProviders: [backend],
        externalData,
      });
      return new GraphSession(runtime, role, session);
    } catch (cause) {
      throw failure('session-failed', role, `cannot be prepared on ${backend}`, cause);
    }
  }

  /** @throws AppError `run-failed` */
  async run(inputs: Inputs): Promise<Readonly<Record<string, Float32Array<ArrayBuffer>>>> {
    const { Tensor } = this.runtime;
    const feeds: Record<string, Tensor> = {};
    for (const [name, { data, dims }] of Object.entries(inputs)) {
      feeds[name] =
        data instanceof Float32Array
          ? new Tensor('float32', data, dims)
          : new Tensor('int32', data, dims);
    }
    let outputs: InferenceSession.ReturnType;
    try {
      outputs = await this.session.run(feeds);
    } catch (cause) {
      throw failure('run-failed', this.role, 'failed', cause);
    }
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [
        name,
        tensor.data as Float32Array<ArrayBuffer>,
      ]),
    );
  }
}

function failure(
  code: 'session-failed' | 'run-failed',
  role: GraphRole,
  what: string,
  cause: unknown,
): AppError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new AppError(
    code,
    `The model's ${role} ${what}: ${detail}`,
    { graph: role, detail },
    { cause },
  );
}
