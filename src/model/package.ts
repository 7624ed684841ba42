/** What a model package consists of: its manifest, and which of its files a back end needs. */
import * as v from 'valibot';
import { AppError } from '../errors';
import type { ModelKey } from './encoding';
import {
  type GraphFile,
  type GraphRole,
  type GraphVariant,
  type Manifest,
  manifestSchema,
  type PackageFile,
} from './manifest';

export function modelKey(manifest: Pick<Manifest, 'id' | 'version'>): ModelKey {
  return `${manifest.id}@${manifest.version}`;
}

/**
 * @param name address or name of the package, for messages
 * @throws AppError `manifest-invalid`, naming the first field that is wrong
 */
export function parseManifest(text: string, name: string): Manifest {
  let json: unknown;
  try {
    // Writers may say null for what is absent.
    json = JSON.parse(text, (_, value) => value ?? undefined);
  } catch (cause) {
    throw invalid(name, 'it is no JSON', cause);
  }
  const result = v.safeParse(manifestSchema, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw invalid(name, `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
  }
  const manifest = result.output;
  for (const path of allFiles(manifest)) {
    if (!isInside(path)) throw invalid(name, `${path} is outside the package`);
  }
  return manifest;
}

/** As an address would be taken: any folder does, it is not asked for. */
function isInside(path: string): boolean {
  const folder = 'https://package.invalid/folder/';
  return new URL(path, folder).href.startsWith(folder);
}

function invalid(name: string, detail: string, cause?: unknown): AppError {
  return new AppError(
    'manifest-invalid',
    `The manifest of the model ${name} cannot be used: ${detail}.`,
    { name, detail },
    { cause },
  );
}

function allFiles(manifest: Manifest): string[] {
  const graphs = Object.values(manifest.graphs).flatMap((role) => Object.values(role ?? {}));
  const files = graphs.flatMap((graph) => (graph ? filesOf(graph) : []));
  return [...tokenizersOf(manifest), ...files.map(({ file }) => file)];
}

/** Paths of the tokenizers, for which a manifest gives neither size nor digest. */
export function tokenizersOf({ text, caption }: Manifest): string[] {
  return [...new Set([text.tokenizer, caption?.tokenizer ?? text.tokenizer])];
}

/** Every graph and weights file that the app may need, on either back end; each content once. */
export function neededFiles(manifest: Manifest): PackageFile[] {
  const roles = Object.keys(manifest.graphs) as GraphRole[];
  const files = roles.flatMap((role) =>
    (['wasm', 'webgpu'] as const).flatMap((variant) => {
      const graph = findGraph(manifest, role, variant);
      return graph ? filesOf(graph) : [];
    }),
  );
  return [...new Map(files.map((file) => [file.sha256, file])).values()];
}

/** A graph's own file and its external weights. */
export function filesOf(graph: GraphFile): PackageFile[] {
  return [graph, ...(graph.external ?? [])];
}

/** The graph of a role for a back end: its own variant, else the reference; undefined where there is neither. */
export function findGraph(
  manifest: Manifest,
  role: GraphRole,
  variant: GraphVariant,
): GraphFile | undefined {
  const variants = manifest.graphs[role];
  return variants?.[variant] ?? variants?.fp32;
}
