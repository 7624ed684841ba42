/** The manifest of a model package: the contract between modelling/ and the app. */
import * as v from 'valibot';

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const digest = v.pipe(v.string(), v.toLowerCase(), v.regex(/^[0-9a-f]{64}$/));
/** Not blank; `@` parts it from the version. */
const id = v.pipe(v.string(), v.regex(/^(?=.*\S)[^@\p{C}]+$/u));
const file = v.object({ file: text, bytes: count, sha256: digest });
const graph = v.object({ ...file.entries, external: v.optional(v.array(file)) });
const variants = v.object({
  wasm: v.optional(graph),
  webgpu: v.optional(graph),
  fp32: v.optional(graph),
});
const channels = v.tuple([v.number(), v.number(), v.number()]);
const perLanguage = v.object({ zh: v.array(text), en: v.array(text) });

export const manifestSchema = v.object({
  format: v.literal(1),
  id,
  version: text,
  name: text,
  description: v.string(),
  license: v.string(),
  source: v.string(),
  languages: v.array(text),
  labels: v.optional(v.object({ templates: perLanguage, noneBelow: v.number() })),
  calibration: v.optional(v.object({ scale: v.number(), shift: v.number() })),
  image: v.object({
    size: count,
    resize: v.literal('squash'),
    interpolation: v.literal('bicubic'),
    mean: channels,
    std: channels,
  }),
  text: v.object({ tokenizer: text, maxTokens: count, prefix: v.string() }),
  embedding: v.object({ dimensions: count, logitScale: v.number() }),
  tokens: v.object({
    image: v.object({ count, width: count }),
    text: v.object({ width: count }),
  }),
  rerank: v.object({
    candidates: v.pipe(v.number(), v.integer(), v.minValue(0)),
    matchWeight: v.number(),
    cosineWeight: v.number(),
  }),
  caption: v.optional(
    v.object({
      maxTokens: count,
      startTokens: v.object({ zh: v.number(), en: v.number() }),
      endToken: v.number(),
      layers: count,
      heads: count,
      headWidth: count,
      tokenizer: v.optional(text),
    }),
  ),
  graphs: v.object({
    imageEncoder: variants,
    textEncoder: variants,
    ranker: v.optional(variants),
    captioner: v.optional(variants),
  }),
  // For people; the app computes nothing with them.
  metrics: v.optional(v.unknown()),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type GraphRole = keyof Manifest['graphs'];
export type GraphVariant = keyof Manifest['graphs']['imageEncoder'];
export type GraphFile = v.InferOutput<typeof graph>;
export type PackageFile = v.InferOutput<typeof file>;
