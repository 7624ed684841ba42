"""Makes photographs of many kinds, and what the modelling package says of them.

    modelling/.venv/bin/python e2e/reference/make_reference.py MODEL ALBUM OUT

Writes OUT/photos/*, made from two photographs of the sample album, and OUT/reference.json: their
embeddings, and for queries over the whole album each photograph's cosine, match probability and
final score. e2e/parity.spec.ts compares the app with it.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from r2d2.data.photos import load_photo, square
from r2d2.export.package import ImageEncodings, Package

QUERIES = ["a dog", "a cup of coffee on a table", "山", "一艘船停在水边"]


def turned(photo: Image.Image, orientation: int, path: Path) -> None:
    """Saves a JPEG that is to be shown turned as the EXIF orientation says."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo.save(path, quality=92, exif=exif)


def with_alpha(photo: Image.Image) -> Image.Image:
    """Fades the photograph out from the left to the right."""
    fade = np.linspace(0, 255, photo.width).astype(np.uint8)
    alpha = Image.fromarray(np.tile(fade, (photo.height, 1)))
    photo = photo.copy()
    photo.putalpha(alpha)
    return photo


def make_photos(dog: Image.Image, wall: Image.Image, folder: Path) -> None:
    """Writes one file of each kind that has ever needed care."""
    writers: dict[str, Callable[[Path], None]] = {
        "as-it-is.jpg": lambda path: dog.save(path, quality=92),
        "square-224.png": lambda path: dog.resize((224, 224)).save(path),
        "one-off-225x223.png": lambda path: dog.resize((225, 223)).save(path),
        "tall.jpg": lambda path: dog.crop((300, 0, 460, 768)).save(path, quality=92),
        "wide.jpg": lambda path: wall.crop((0, 300, 1024, 420)).save(path, quality=92),
        "tiny-9x7.png": lambda path: dog.resize((9, 7)).save(path),
        "one-pixel.png": lambda path: dog.resize((1, 1)).save(path),
        "big-24-megapixels.jpg": lambda path: wall.resize((6000, 4000)).save(path, quality=85),
        "progressive.jpg": lambda path: wall.save(path, quality=80, progressive=True),
        "gray.jpg": lambda path: dog.convert("L").save(path, quality=92),
        "cmyk.jpg": lambda path: dog.convert("CMYK").save(path, quality=95),
        "alpha.png": lambda path: with_alpha(dog).save(path),
        "palette.png": lambda path: dog.quantize(64).save(path),
        "gray-16-bit.png": lambda path: Image.fromarray(
            np.asarray(dog.convert("L")).astype(np.uint16) * 257
        ).save(path),
        "picture.webp": lambda path: dog.save(path, quality=90),
        "picture.bmp": lambda path: dog.resize((320, 240)).save(path),
        "picture.gif": lambda path: dog.resize((320, 240)).save(path),
        "picture.avif": lambda path: dog.save(path, quality=90),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in writers.items():
        write(folder / name)
    for orientation in range(2, 9):
        turned(wall, orientation, folder / f"turned-{orientation}.jpg")


def embed(package: Package, files: list[Path]) -> ImageEncodings:
    """Encodes photographs one by one, as the app does on the processor."""
    pixels = np.stack([square(load_photo(file), package.image_size) for file in files])
    return package.encode_images(pixels, batch_size=1)


def rank_album(package: Package, album: Path) -> list[dict[str, object]]:
    """Cosines, match probabilities and final scores of the album's photographs for each query."""
    files = sorted(album.glob("*.jpg"))
    images = embed(package, files)
    texts = package.encode_texts(QUERIES)
    weights = package.manifest["rerank"]
    rankings: list[dict[str, object]] = []
    for query, embedding, tokens in zip(QUERIES, texts.embeddings, texts.tokens, strict=True):
        cosines = images.embeddings @ embedding
        matches = package.rank(images.tokens, tokens).match_probabilities
        scores = weights["matchWeight"] * matches + weights["cosineWeight"] * cosines
        photos = {
            file.name: {"cosine": float(cosine), "match": float(match), "score": float(score)}
            for file, cosine, match, score in zip(files, cosines, matches, scores, strict=True)
        }
        rankings.append({"query": query, "photos": photos})
    return rankings


def main(model: Path, album: Path, out: Path) -> None:
    """Writes the photographs and the reference."""
    photos = out / "photos"
    with (
        Image.open(album / "shepherd-dog.jpg") as dog,
        Image.open(album / "great-wall.jpg") as wall,
    ):
        make_photos(dog.convert("RGB"), wall.convert("RGB"), photos)
    package = Package(model)
    files = sorted(photos.iterdir())
    embeddings = embed(package, files).embeddings
    reference = {
        "embeddings": {
            file.name: row.tolist() for file, row in zip(files, embeddings, strict=True)
        },
        "rankings": rank_album(package, album),
    }
    (out / "reference.json").write_text(json.dumps(reference, ensure_ascii=False))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
