/** A package made of one ONNX file that holds both encoders of a Chinese-CLIP. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { AppError } from '../../errors';
import type { GraphFile, GraphVariant, Manifest, PackageFile } from '../manifest';
import { missingFrom } from '../packages/folder-source';
import type { PackageSource } from '../packages/source';
import { type EncoderInterface, encoderGraph } from './encoder-graph';
import { attributeOf, elementTypes, firstFloat, type OnnxModel, readModel } from './onnx';
import { readPreprocessor } from './preprocessor';
import { findLogitScale, findPatches, findTower, type Tower } from './tower';
import { WeightFiles } from './weight-files';

/** What Chinese-CLIP was trained with, special tokens included. */
const maxTokens = 52;
/** Where the graph does not show it: the most that its training allows. */
const usualLogitScale = 100;

/** The files of an export, wherever they come from. */
export interface ExportFiles {
  /** What people are told: an address, or the name of the file. */
  readonly origin: string;
  /** The id of the package. */
  readonly id: string;
  readonly model: Blob;
  /** Text of tokenizer.json. */
  readonly tokenizer: string;
  /** Text of preprocessor_config.json, where there is one. */
  readonly preprocessor?: string | undefined;
}

/**
 * Splits an export in the layout of the hub repository Xenova/chinese-clip-vit-base-patch16: inputs
 * `input_ids`, `attention_mask` and `pixel_values`, outputs `image_embeds` and `text_embeds` (and
 * logits, which are dropped). The model is read where it lies, and only its graph comes into memory.
 *
 * @throws AppError `export-unusable`, `tokenizer-invalid`
 */
export async function splitSource(files: ExportFiles): Promise<PackageSource> {
  try {
    return await split(files);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw unusable(files.origin, cause.message, cause);
  }
}

async function split({ origin, id, model, ...texts }: ExportFiles): Promise<PackageSource> {
  const whole = await readModel(model);
  const image = findTower(whole, { embedding: 'image_embeds', inputs: ['pixel_values'] });
  const text = findTower(whole, {
    embedding: 'text_embeds',
    inputs: ['input_ids', 'attention_mask'],
  });
  if (image.dimensions !== text.dimensions) {
    throw new RangeError(
      `its embeddings have ${image.dimensions} values for photos, ${text.dimensions} for texts`,
    );
  }
  const { size, tokens } = findPatches(image);
  const content = new Map<string, Blob>([['tokenizer.json', new Blob([plain(texts.tokenizer)])]]);
  const digests: string[] = [];

  async function entryOf(name: string): Promise<PackageFile> {
    const blob = content.get(name) as Blob;
    const sha256 = await digestOf(await blob.arrayBuffer());
    digests.push(sha256);
    return { file: name, bytes: blob.size, sha256 };
  }

  async function write(stem: string, tower: Tower, face: EncoderInterface): Promise<GraphFile> {
    const weights = new WeightFiles(model, stem);
    const graph = await encoderGraph(whole, tower, face, weights);
    content.set(`${stem}.onnx`, new Blob([graph]));
    const external = [];
    for (const [name, blob] of weights.files()) {
      content.set(name, blob);
      external.push(await entryOf(name));
    }
    const own = await entryOf(`${stem}.onnx`);
    return external.length > 0 ? { ...own, external } : own;
  }

  const imageGraph = await write('image-encoder', image, {
    inputs: [{ name: 'pixel_values', type: 'float', dims: ['batch', 3, size, size] }],
    embedding: { name: 'image_embeds', type: 'float', dims: ['batch', image.dimensions] },
    tokens: { name: 'image_tokens', type: 'float', dims: ['batch', tokens, image.width] },
  });
  const textGraph = await write('text-encoder', text, {
    inputs: [
      { name: 'input_ids', type: 'int32', dims: ['batch', 'length'] },
      { name: 'attention_mask', type: 'int32', dims: ['batch', 'length'] },
    ],
    embedding: { name: 'text_embeds', type: 'float', dims: ['batch', text.dimensions] },
    tokens: { name: 'text_tokens', type: 'float', dims: ['batch', 'length', text.width] },
  });
  const variants = variantsOf(whole);
  const manifest: Manifest = {
    format: 1,
    id,
    // Another file gives another version, so that embeddings of the two never mix.
    version: (await digestOf(new TextEncoder().encode(digests.join('')))).slice(0, 12),
    name: id,
    description: 'Chinese-CLIP: a dual encoder, which does not re-rank.',
    license: 'Terms of the place that the file comes from',
    source: `${origin}, split in the browser`,
    languages: ['zh'],
    image: {
      size,
      resize: 'squash',
      interpolation: 'bicubic',
      ...readPreprocessor(texts.preprocessor),
    },
    text: { tokenizer: 'tokenizer.json', maxTokens, prefix: '' },
    embedding: {
      dimensions: image.dimensions,
      logitScale: (await readLogitScale(whole, model)) ?? usualLogitScale,
    },
    tokens: { image: { count: tokens, width: image.width }, text: { width: text.width } },
    rerank: { candidates: 0, matchWeight: 1, cosineWeight: 1 },
    graphs: {
      imageEncoder: Object.fromEntries(variants.map((variant) => [variant, imageGraph])),
      textEncoder: Object.fromEntries(variants.map((variant) => [variant, textGraph])),
    },
  };
  return {
    origin: { kind: 'split', name: origin },
    manifest: async () => JSON.stringify(manifest),
    open: async (file, { from }) => {
      const blob = content.get(file);
      if (!blob) throw missingFrom(origin, file);
      return { stream: blob.slice(from).stream(), from };
    },
  };
}

/** Which back ends the graphs are for: products of integers leave the GPU, float16 suits both. */
function variantsOf({ nodes, tensors }: OnnxModel): readonly GraphVariant[] {
  if (nodes.some(({ opType }) => opType.endsWith('Integer'))) return ['wasm'];
  const isHalf = [...tensors.values()].some(
    ({ elementType }) => elementType === elementTypes.float16,
  );
  return isHalf ? ['wasm', 'webgpu'] : ['fp32'];
}

async function readLogitScale(whole: OnnxModel, file: Blob): Promise<number | null> {
  const found = findLogitScale(whole);
  if (!found) return null;
  const message =
    found.kind === 'constant'
      ? attributeOf(found.node, 'value')?.tensor
      : new Uint8Array(await file.slice(found.tensor.start, found.tensor.end).arrayBuffer());
  const value = message ? firstFloat(message) : null;
  return value !== null && found.isLogarithm ? Math.exp(value) : value;
}

/** The tokenizer without its own ideas of length: texts run at their own. */
function plain(tokenizer: string): string {
  try {
    return JSON.stringify({ ...JSON.parse(tokenizer), truncation: null, padding: null });
  } catch (cause) {
    throw new AppError(
      'tokenizer-invalid',
      "The model's tokenizer cannot be used: it is no JSON.",
      { detail: 'it is no JSON' },
      { cause },
    );
  }
}

async function digestOf(bytes: BufferSource): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function unusable(origin: string, detail: string, cause: unknown): AppError {
  return new AppError(
    'export-unusable',
    `${origin} cannot be split into two encoders: ${detail}.`,
    { name: origin, detail },
    { cause },
  );
}
