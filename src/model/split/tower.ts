/** Finds one encoder in a graph that holds two: what it computes, and what its manifest must say. */
import { attributeOf, type Node, type OnnxModel, type Tensor } from './onnx';

/** The part of a graph that makes one kind of embedding. */
export interface Tower {
  /** Nodes in an order in which they can be computed. */
  readonly nodes: readonly Node[];
  readonly tensors: readonly Tensor[];
  /** The value that holds the hidden states, [N, tokens, width], whose first token is projected. */
  readonly hidden: string;
  readonly width: number;
  /** Of the embedding. */
  readonly dimensions: number;
  /** Whether the graph scales the embedding to unit length. */
  readonly isUnitLength: boolean;
}

export interface TowerNames {
  /** The output that is the embedding. */
  readonly embedding: string;
  /** The only inputs that it may need. */
  readonly inputs: readonly string[];
}

const products = ['MatMul', 'Gemm', 'MatMulInteger', 'FusedMatMul'];
/** What may lie between a weight and the product that reads it. */
const weightSteps = ['Transpose', 'DequantizeLinear', 'Cast', 'Identity'];

/** @throws RangeError saying what the graph lacks */
export function findTower(model: OnnxModel, { embedding, inputs }: TowerNames): Tower {
  if (!model.outputs.has(embedding)) throw new RangeError(`it has no output ${embedding}`);
  const graph = new GraphSearch(model);
  const tensors = new Set<Tensor>();
  for (const node of graph.before(embedding)) {
    for (const name of node.reads) {
      const tensor = model.tensors.get(name);
      if (tensor) tensors.add(tensor);
      else if (model.inputs.has(name) && !inputs.includes(name)) {
        throw new RangeError(`its ${embedding} needs the input ${name}`);
      }
    }
  }
  for (const name of inputs) {
    if (!model.inputs.has(name)) throw new RangeError(`it has no input ${name}`);
  }
  const [width, dimensions] = graph.projection(embedding);
  return {
    nodes: graph.inOrder(embedding),
    tensors: [...tensors],
    hidden: graph.hidden(embedding),
    width,
    dimensions,
    isUnitLength: graph.isUnitLength(embedding),
  };
}

/** Where a photo's patches are cut: side of a patch and of the photo in pixels, number of tokens. */
export function findPatches({ tensors, width }: Tower): {
  readonly size: number;
  readonly tokens: number;
} {
  const kernel = tensors.find(({ dims }) => dims.length === 4 && dims[1] === 3);
  const patch = kernel?.dims[3];
  if (!patch) throw new RangeError('it cuts no photos into patches');
  // One row for the class token and one for each patch of a square.
  const tables = tensors.filter(({ dims }) => {
    const [rows, columns] = dims.slice(-2);
    const grid = Math.sqrt((rows ?? 0) - 1);
    const isTable = dims.slice(0, -2).every((dim) => dim === 1) && columns === width;
    return isTable && grid >= 1 && Number.isInteger(grid);
  });
  const table = tables.find(({ name }) => name.includes('position')) ?? tables[0];
  const tokens = table?.dims.at(-2);
  if (!tokens) throw new RangeError('it has no positions for a square of patches');
  return { size: Math.sqrt(tokens - 1) * patch, tokens };
}

/** What cosines are multiplied with, where the graph shows it. */
export type LogitScale =
  | { readonly kind: 'tensor'; readonly tensor: Tensor; readonly isLogarithm: boolean }
  | { readonly kind: 'constant'; readonly node: Node; readonly isLogarithm: boolean };

/** Looks for the one number that the cosines are multiplied with. */
export function findLogitScale(model: OnnxModel): LogitScale | null {
  const graph = new GraphSearch(model);
  const name = [...model.outputs.keys()].find((output) => output.startsWith('logits_per_'));
  if (name === undefined) return null;
  const factor = graph.first(name, ({ opType }) => opType === 'Mul');
  for (let value of factor?.inputs ?? []) {
    let isLogarithm = false;
    let node = graph.maker(value);
    while (node && ['Exp', 'Cast', 'Identity'].includes(node.opType)) {
      isLogarithm ||= node.opType === 'Exp';
      value = node.inputs[0] ?? '';
      node = graph.maker(value);
    }
    const tensor = model.tensors.get(value);
    if (tensor?.dims.every((dim) => dim === 1)) {
      return { kind: 'tensor', tensor, isLogarithm };
    }
    if (node?.opType === 'Constant') return { kind: 'constant', node, isLogarithm };
  }
  return null;
}

class GraphSearch {
  readonly #makers = new Map<string, Node>();

  constructor(private readonly model: OnnxModel) {
    for (const node of model.nodes) for (const name of node.outputs) this.#makers.set(name, node);
  }

  /** The node that makes a value. */
  maker(name: string): Node | undefined {
    return this.#makers.get(name);
  }

  /** Every node that a value depends on, the nearest first. */
  *before(name: string): Generator<Node> {
    const found = new Set<Node>();
    const add = (value: string) => {
      const node = this.#makers.get(value);
      if (node) found.add(node);
    };
    add(name);
    // A set goes on with what is added meanwhile.
    for (const node of found) {
      yield node;
      node.reads.forEach(add);
    }
  }

  /** The same, each behind those that it depends on: not every file has its nodes in such an order. */
  inOrder(name: string): readonly Node[] {
    const done = new Set<Node>();
    const last = this.#makers.get(name);
    const waiting = last ? [last] : [];
    for (let node = waiting.at(-1); node; node = waiting.at(-1)) {
      const missing = node.reads
        .map((read) => this.#makers.get(read))
        .find((maker) => maker && !done.has(maker));
      if (missing) {
        waiting.push(missing);
      } else {
        done.add(node);
        waiting.pop();
      }
      if (waiting.length > this.model.nodes.length) throw new RangeError('its nodes form a circle');
    }
    return [...done];
  }

  /** The nearest node of a kind. */
  first(name: string, isWanted: (node: Node) => boolean): Node | undefined {
    for (const node of this.before(name)) if (isWanted(node)) return node;
    return undefined;
  }

  /** Both towers project one token out of all of them: the last place where one is picked. */
  hidden(embedding: string): string {
    const pick = this.first(
      embedding,
      (node) =>
        node.opType === 'Gather' &&
        attributeOf(node, 'axis')?.integer === 1 &&
        !this.model.tensors.has(node.inputs[0] ?? ''),
    );
    const name = pick?.inputs[0];
    if (name === undefined) throw new RangeError(`its ${embedding} is not made of one token`);
    return name;
  }

  /** Inputs and outputs of the last product with a weight. */
  projection(embedding: string): readonly [number, number] {
    for (const node of this.before(embedding)) {
      if (!products.includes(node.opType)) continue;
      const shape = this.#matrix(node.inputs[1] ?? '');
      if (!shape) continue;
      const [rows, columns] = shape;
      return attributeOf(node, 'transB')?.integer ? [columns, rows] : [rows, columns];
    }
    throw new RangeError(`its ${embedding} is no projection`);
  }

  #matrix(name: string): readonly [number, number] | null {
    const [rows, columns, more] = this.model.tensors.get(name)?.dims ?? [];
    if (rows && columns && !more) return [rows, columns];
    const step = this.#makers.get(name);
    if (!step || !weightSteps.includes(step.opType)) return null;
    const shape = this.#matrix(step.inputs[0] ?? '');
    return shape && step.opType === 'Transpose' ? [shape[1], shape[0]] : shape;
  }

  isUnitLength(embedding: string): boolean {
    let node = this.#makers.get(embedding);
    while (node && ['Cast', 'Identity'].includes(node.opType)) {
      node = this.#makers.get(node.inputs[0] ?? '');
    }
    return node?.opType === 'Div' || node?.opType === 'LpNormalization';
  }
}
