"""`r2d2 embed`."""

from pathlib import Path

import click
import numpy as np

from r2d2.data.photos import load_photo, square
from r2d2.export.package import Package


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--model",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of a model package.",
)
@click.option("--variant", default="wasm", show_default=True, help="wasm, webgpu or fp32.")
@click.option("--text", "texts", multiple=True, help="A sentence to embed; may be repeated.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The .npz file to write.",
)
def embed(
    files: tuple[Path, ...], model: Path, variant: str, texts: tuple[str, ...], out: Path
) -> None:
    """Embed photo FILES and sentences as the app does.

    The .npz holds `files` and `image_embeds` [N, D], `texts` and `text_embeds` [M, D], and, with
    both given and a model that ranks, `match_probability` [M, N].
    """
    package = Package(model, variant)
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {}
    if files:
        pixels = np.stack([square(load_photo(path), package.image_size) for path in files])
        images = package.encode_images(pixels, batch_size=1)
        arrays["files"] = np.array([str(path) for path in files])
        arrays["image_embeds"] = images.embeddings
    if texts:
        sentences = package.encode_texts(texts)
        arrays["texts"] = np.array(texts)
        arrays["text_embeds"] = sentences.embeddings
    if files and texts and package.has_ranker:
        rankings = [package.rank(images.tokens, tokens) for tokens in sentences.tokens]
        arrays["match_probability"] = np.stack([each.match_probabilities for each in rankings])
    np.savez(out, allow_pickle=False, **arrays)
    click.echo(f"{out}: {len(files)} photos, {len(texts)} sentences")
