/**
 * What splitting a model needs of the ONNX format (onnx/onnx.proto, whose field numbers stand here).
 * Nodes stay the bytes that they are, weights stay in the file.
 */
import { BlobWindow } from './blob-window';
import { type Bytes, type FieldPlace, fieldsOf, integersOf, textOf } from './protobuf';

/** TensorProto.DataType, as far as it matters here. */
export const elementTypes = { float: 1, int32: 6, int64: 7, float16: 10 } as const;

export interface Node {
  readonly bytes: Bytes;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly opType: string;
  /** What it reads of the graph: its inputs, and what the graphs inside of it take from outside. */
  readonly reads: readonly string[];
}

/** A weight; its values lie in the file. */
export interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly elementType: number;
  /** Place of the whole message. */
  readonly start: number;
  readonly end: number;
  /** Place of the values alone, where they are stored as raw bytes. */
  readonly raw: { readonly start: number; readonly end: number } | null;
}

export interface OnnxModel {
  readonly irVersion: number;
  /** Of the default domain. */
  readonly opset: number;
  /** Opsets of other domains and functions of the model: fields as they are. */
  readonly extras: readonly Bytes[];
  readonly nodes: readonly Node[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Name to element type. */
  readonly inputs: ReadonlyMap<string, number>;
  readonly outputs: ReadonlyMap<string, number>;
}

/** Reads everything but the weights. @throws RangeError where the file is no ONNX model */
export async function readModel(file: Blob): Promise<OnnxModel> {
  const window = new BlobWindow(file);
  let irVersion = 0;
  let opset = 0;
  let graph: FieldPlace | undefined;
  const extras: Bytes[] = [];
  for await (const field of window.fields(0, file.size)) {
    if (field.number === 1) irVersion = field.value;
    else if (field.number === 7) graph = field;
    else if (field.number === 8 || field.number === 25) {
      const version = field.number === 8 && readOpset((await window.field(field)).content);
      if (version) opset = version;
      else extras.push((await window.read(field.start, field.end)).slice());
    }
  }
  if (!irVersion || !graph) throw new RangeError('it holds no graph');
  return { irVersion, opset, extras, ...(await readGraph(window, graph)) };
}

async function readGraph(window: BlobWindow, { valueStart, end }: FieldPlace) {
  const nodes: Node[] = [];
  const tensors = new Map<string, Tensor>();
  const inputs = new Map<string, number>();
  const outputs = new Map<string, number>();
  for await (const field of window.fields(valueStart, end)) {
    if (field.number === 5) {
      const tensor = await readTensor(window, field);
      tensors.set(tensor.name, tensor);
    } else if (field.number === 1) {
      nodes.push(readNode((await window.field(field)).content));
    } else if (field.number === 11 || field.number === 12) {
      const { name, elementType } = readValueInfo((await window.field(field)).content);
      (field.number === 11 ? inputs : outputs).set(name, elementType);
    }
  }
  // Older files list their weights among the inputs.
  for (const name of tensors.keys()) inputs.delete(name);
  return { nodes, tensors, inputs, outputs };
}

async function readTensor(window: BlobWindow, { valueStart, end }: FieldPlace): Promise<Tensor> {
  let name = '';
  let elementType = 0;
  let raw: Tensor['raw'] = null;
  const dims: number[] = [];
  for await (const field of window.fields(valueStart, end)) {
    if (field.number === 1) dims.push(...integersOf(await window.field(field)));
    else if (field.number === 2) elementType = field.value;
    else if (field.number === 8) name = textOf(await window.field(field));
    else if (field.number === 9) raw = { start: field.valueStart, end: field.end };
    else if (field.number === 14 && field.value === 1) {
      throw new RangeError('its weights are in another file');
    }
  }
  return { name, dims, elementType, start: valueStart, end, raw };
}

function readNode(bytes: Bytes): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const inner: string[] = [];
  let opType = '';
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) inputs.push(textOf(field));
    else if (field.number === 2) outputs.push(textOf(field));
    else if (field.number === 4) opType = textOf(field);
    else if (field.number === 5) inner.push(...readsOfAttribute(field.content));
  }
  return { bytes, inputs, outputs, opType, reads: [...inputs, ...inner].filter(Boolean) };
}

/** What the graphs of an attribute (branches, bodies of loops) read. */
function* readsOfAttribute(attribute: Bytes): Generator<string> {
  for (const graph of fieldsOf(attribute)) {
    if (graph.number !== 6 && graph.number !== 11) continue;
    for (const part of fieldsOf(graph.content)) {
      if (part.number === 1) yield* readNode(part.content).reads;
    }
  }
}

/** An attribute's integer, and its tensor as a message; null where the node has none of the name. */
export function attributeOf(
  { bytes }: Node,
  name: string,
): { readonly integer: number; readonly tensor: Bytes | null } | null {
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 5) continue;
    const parts = [...fieldsOf(field.content)];
    const label = parts.find(({ number }) => number === 1);
    if (label && textOf(label) === name) {
      return {
        integer: parts.find(({ number }) => number === 3)?.value ?? 0,
        tensor: parts.find(({ number }) => number === 5)?.content ?? null,
      };
    }
  }
  return null;
}

/** The first value of a float32 or float16 tensor's message; null for other types. */
export function firstFloat(tensor: Bytes): number | null {
  let elementType = 0;
  let values: Bytes | undefined;
  for (const field of fieldsOf(tensor)) {
    if (field.number === 2) elementType = field.value;
    // As floats, or as raw bytes.
    else if (field.number === 4 || field.number === 9) values = field.content;
  }
  if (!values) return null;
  const view = new DataView(values.buffer, values.byteOffset, values.length);
  if (elementType === elementTypes.float && values.length >= 4) return view.getFloat32(0, true);
  if (elementType === elementTypes.float16 && values.length >= 2) {
    return readHalf(view.getUint16(0, true));
  }
  return null;
}

/** A float16 by its bits: sign, 5 of the exponent, 10 of the fraction. Subnormal ones count as 0. */
function readHalf(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const size = exponent === 0 ? 0 : 2 ** (exponent - 15) * (1 + (bits & 0x3ff) / 0x400);
  return bits & 0x8000 ? -size : size;
}

/** Name and element type of an input or output: ValueInfoProto → TypeProto → tensor → type. */
function readValueInfo(bytes: Bytes): { name: string; elementType: number } {
  let name = '';
  let elementType = 0;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field);
    if (field.number !== 2) continue;
    for (const type of fieldsOf(field.content)) {
      if (type.number !== 1) continue;
      for (const part of fieldsOf(type.content)) if (part.number === 1) elementType = part.value;
    }
  }
  return { name, elementType };
}

/** The version of the default domain; null for another domain's. */
function readOpset(bytes: Bytes): number | null {
  let version = 0;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1 && !['', 'ai.onnx'].includes(textOf(field))) return null;
    if (field.number === 2) version = field.value;
  }
  return version;
}
