/** One photo that somebody asks about: of the library, or a file that need not be in it. */
import type { Engine } from '../engine/engine';
import { AppError } from '../errors';
import type { Library, PhotoId } from '../library/library';
import type { ImageEncoding, ModelKey } from '../model/encoding';

export type PhotoSource =
  | { readonly kind: 'library'; readonly id: PhotoId }
  | { readonly kind: 'file'; readonly file: File };

type EncodingEngine = Pick<Engine, 'ready' | 'encodeImages'>;
type EncodedLibrary = Pick<Library, 'pixels' | 'embedding' | 'imageTokens'>;

/** Embeddings and tokens of single photos; a file is encoded once as long as somebody holds it. */
export class PhotoSources {
  readonly #files = new WeakMap<File, { modelKey: ModelKey; encoding: Promise<ImageEncoding> }>();

  constructor(
    private readonly engine: EncodingEngine,
    private readonly library: EncodedLibrary,
  ) {}

  /** @throws AppError what decoding or encoding throws; `photo-not-indexed` for one of the library */
  async embedding(source: PhotoSource): Promise<Float32Array> {
    if (source.kind === 'file') return (await this.#encode(source.file)).embedding;
    const { modelKey } = await this.engine.ready();
    const embedding = await this.library.embedding(modelKey, source.id);
    if (embedding) return embedding;
    throw new AppError('photo-not-indexed', 'The photo is not in the index yet.');
  }

  /** What the ranker reads. @throws AppError what decoding or encoding throws; `source-gone` */
  async tokens(source: PhotoSource, signal?: AbortSignal): Promise<Float32Array> {
    if (source.kind === 'file') return (await this.#encode(source.file)).tokens;
    const { modelKey } = await this.engine.ready();
    const [tokens] = await this.library.imageTokens(modelKey, [source.id], signal);
    if (tokens) return tokens;
    throw new AppError('source-gone', 'The photo is not in the library.', { photo: source.id });
  }

  async #encode(file: File): Promise<ImageEncoding> {
    const { modelKey, manifest } = await this.engine.ready();
    const known = this.#files.get(file);
    if (known?.modelKey === modelKey) return known.encoding;
    const encoding = this.library
      .pixels(file, manifest.image.size)
      .then((pixels) => this.engine.encodeImages([pixels], { priority: 'interactive' }))
      .then(([first]) => {
        if (first) return first;
        throw new AppError('run-failed', 'The encoder left out the photo.');
      });
    this.#files.set(file, { modelKey, encoding });
    // A failure is not remembered: the engine may recover.
    encoding.catch(() => this.#files.delete(file));
    return encoding;
  }
}
