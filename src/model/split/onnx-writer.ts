/** Writes ONNX messages; as onnx.ts, it knows those parts only that splitting a model needs. */
import { elementTypes, type Node, type Tensor } from './onnx';
import { type Bytes, bytesField, fieldsOf, join, textField, textOf, varintField } from './protobuf';

/** A place in a file of weights. */
export interface WeightPlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** The new name of a value, or the old one. */
export type Rename = (name: string) => string;

export interface GraphParts {
  readonly irVersion: number;
  readonly opset: number;
  readonly extras: readonly Bytes[];
  readonly name: string;
  /** NodeProto messages. */
  readonly nodes: readonly Bytes[];
  /** TensorProto messages. */
  readonly tensors: readonly Bytes[];
  /** ValueInfoProto messages. */
  readonly inputs: readonly Bytes[];
  readonly outputs: readonly Bytes[];
}

export function writeModel(parts: GraphParts): Bytes {
  const graph = join([
    ...parts.nodes.map((node) => bytesField(1, node)),
    textField(2, parts.name),
    ...parts.tensors.map((tensor) => bytesField(5, tensor)),
    ...parts.inputs.map((input) => bytesField(11, input)),
    ...parts.outputs.map((output) => bytesField(12, output)),
  ]);
  return join([
    varintField(1, parts.irVersion),
    textField(2, 'r2d2-web'),
    bytesField(8, varintField(2, parts.opset)),
    ...parts.extras,
    bytesField(7, graph),
  ]);
}

/** The node with other names for what it reads and makes. */
export function renamed({ bytes }: Node, rename: Rename): Bytes {
  const fields = [...fieldsOf(bytes)].map((field) =>
    field.number === 1 || field.number === 2
      ? textField(field.number, rename(textOf(field)))
      : bytes.subarray(field.start, field.end),
  );
  return join(fields);
}

export function writeNode(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Bytes[] = [],
): Bytes {
  return join([
    ...inputs.map((input) => textField(1, input)),
    textField(2, output),
    textField(3, output),
    textField(4, opType),
    ...attributes.map((attribute) => bytesField(5, attribute)),
  ]);
}

/** An AttributeProto with one integer. */
export function integerAttribute(name: string, value: number): Bytes {
  return join([textField(1, name), varintField(3, value), varintField(20, 2)]);
}

/** An AttributeProto with several integers. */
export function integersAttribute(name: string, values: readonly number[]): Bytes {
  const integers = values.map((value) => varintField(8, value));
  return join([textField(1, name), ...integers, varintField(20, 7)]);
}

/** An input or output; a text stands for an axis of any size. */
export function writeValueInfo(
  name: string,
  type: keyof typeof elementTypes,
  dims: readonly (number | string)[],
): Bytes {
  const shape = dims.map((dim) =>
    bytesField(1, typeof dim === 'number' ? varintField(1, dim) : textField(2, dim)),
  );
  const tensor = join([varintField(1, elementTypes[type]), bytesField(2, join(shape))]);
  return join([textField(1, name), bytesField(2, bytesField(1, tensor))]);
}

/** A weight whose values lie in a file beside the graph. */
export function writeExternalTensor(tensor: Tensor, { file, offset, length }: WeightPlace): Bytes {
  const entries = Object.entries({ location: file, offset, length });
  return join([
    ...tensor.dims.map((dim) => varintField(1, dim)),
    varintField(2, tensor.elementType),
    textField(8, tensor.name),
    ...entries.map(([key, value]) =>
      bytesField(13, join([textField(1, key), textField(2, String(value))])),
    ),
    varintField(14, 1),
  ]);
}
