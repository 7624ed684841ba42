/** A tower as a graph of its own that keeps to the contract of model packages. */
import { elementTypes, type OnnxModel, type Tensor } from './onnx';
import {
  integerAttribute,
  integersAttribute,
  renamed,
  writeExternalTensor,
  writeModel,
  writeNode,
  writeValueInfo,
} from './onnx-writer';
import type { Bytes } from './protobuf';
import type { Tower } from './tower';
import type { WeightFiles } from './weight-files';

/** Packages have at least this opset; what changed in those between 13 and 17 is compatible. */
const leastOpset = 17;
const compatibleOpset = 13;
/** Smaller weights stay in the graph. */
const inlineBelow = 1024;

interface Value {
  readonly name: string;
  readonly type: 'float' | 'int32';
  readonly dims: readonly (number | string)[];
}

export interface EncoderInterface {
  readonly inputs: readonly Value[];
  readonly embedding: Value;
  readonly tokens: Value;
}

/**
 * Weights go to `weights`, as places in the file that they come from. Where the tower takes or makes
 * other types than packages do, it gets casts; where its embedding is of any length, a division.
 *
 * @throws RangeError where the graph is too old
 */
export async function encoderGraph(
  model: OnnxModel,
  tower: Tower,
  { inputs, embedding, tokens }: EncoderInterface,
  weights: WeightFiles,
): Promise<Bytes> {
  if (model.opset < compatibleOpset) throw new RangeError(`its opset is ${model.opset}`);
  const opset = Math.max(model.opset, leastOpset);
  const names = new Map([[embedding.name, `${embedding.name}.whole`]]);
  const before: Bytes[] = [];
  for (const { name, type } of inputs) {
    const wanted = model.inputs.get(name);
    if (wanted === undefined || wanted === elementTypes[type]) continue;
    names.set(name, `${name}.whole`);
    before.push(cast(name, `${name}.whole`, wanted));
  }
  const rename = (name: string) => names.get(name) ?? name;
  const { float } = elementTypes;
  const isFloat = model.outputs.get(embedding.name) === float;
  const steps: Bytes[] = [cast(rename(tower.hidden), tokens.name, float)];
  if (tower.isUnitLength) {
    steps.push(cast(rename(embedding.name), embedding.name, float));
  } else {
    const raw = isFloat ? rename(embedding.name) : `${embedding.name}.float`;
    if (!isFloat) steps.push(cast(rename(embedding.name), raw, float));
    steps.push(writeNode('Mul', [raw, raw], `${embedding.name}.squares`));
    // Of the reductions this one alone takes its axes the same way in all of these opsets.
    steps.push(axes(`${embedding.name}.axes`));
    const sum = [`${embedding.name}.squares`, `${embedding.name}.axes`];
    steps.push(writeNode('ReduceSum', sum, `${embedding.name}.sum`));
    steps.push(writeNode('Sqrt', [`${embedding.name}.sum`], `${embedding.name}.length`));
    steps.push(writeNode('Div', [raw, `${embedding.name}.length`], embedding.name));
  }
  return writeModel({
    irVersion: model.irVersion,
    opset,
    extras: model.extras,
    name: embedding.name,
    nodes: [...before, ...tower.nodes.map((node) => renamed(node, rename)), ...steps],
    tensors: await Promise.all(tower.tensors.map((tensor) => place(tensor, weights))),
    inputs: inputs.map(({ name, type, dims }) => writeValueInfo(name, type, dims)),
    outputs: [embedding, tokens].map(({ name, type, dims }) => writeValueInfo(name, type, dims)),
  });
}

/** Also where the type is the wanted one already: onnxruntime drops such a cast. */
function cast(from: string, to: string, elementType: number): Bytes {
  return writeNode('Cast', [from], to, [integerAttribute('to', elementType)]);
}

/** The last axis, as a constant. */
function axes(name: string): Bytes {
  return writeNode('Constant', [], name, [integersAttribute('value_ints', [-1])]);
}

async function place(tensor: Tensor, weights: WeightFiles): Promise<Bytes> {
  const { raw } = tensor;
  if (!raw || raw.end - raw.start < inlineBelow) return weights.read(tensor.start, tensor.end);
  return writeExternalTensor(tensor, weights.add(raw.start, raw.end));
}
