"""Checks a package against the PyTorch model that it was made from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from r2d2.architecture import R2D2
from r2d2.data.captions import read_captions
from r2d2.data.photos import read_photos
from r2d2.export.package import Floats, Package
from r2d2.export.photo import squash

MAX_FLOAT_ERROR = 1e-4
MIN_COSINE = 0.99
MAX_RECALL_LOSS = 1.0
"""In points of R@10."""

SENTENCES = (
    *(
        "狗",
        "雪地里的狗",
        "海边的日落",
        "一个女孩在公园里骑自行车",
        "两个男人站在山顶上，背着红色的包。",
    ),
    *(
        "夜晚的城市灯光",
        "孩子们在喷泉边玩水",
        "餐桌上的一碗牛肉面",
        "冲浪",
        "一只黑猫趴在窗台上睡觉",
    ),
    *("dog", "a dog in the snow", "sunset at the beach", "Two men wait for a bus at night."),
    *(
        "a little girl with a blue hat",
        "people dancing at a wedding",
        "a bowl of noodles",
        "surfing",
    ),
    *("a red car parked in front of an old house", "children playing football on a muddy field"),
)


@dataclass(frozen=True)
class Figures:
    """How far one variant is from the reference."""

    variant: str
    image_cosine: tuple[float, float]
    """Lowest and mean cosine of image embeddings."""
    text_cosine: tuple[float, float]
    match_error: tuple[float, float]
    """Highest and mean absolute error of match probabilities."""
    float_error: float | None = None
    """Highest absolute difference from PyTorch over all outputs; float32 only."""
    recall: Mapping[str, float] | None = None
    """R@10 in per cent by caption source, where photos with captions were given."""


def pictures(count: int, size: int) -> NDArray[np.uint8]:
    """Generated pictures [N, S, S, 3]: coloured noise at many scales, and flat shapes on it."""
    rng = np.random.default_rng(0)
    made = []
    for index in range(count):
        cells = int(rng.integers(2, 24))
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        picture = noise.resize((2 * size, 2 * size), Image.Resampling.BICUBIC)
        side = int(rng.integers(size // 4, size))
        shape = Image.new("RGB", (side, side), tuple(int(c) for c in rng.integers(0, 256, 3)))
        x, y = (int(c) for c in rng.integers(0, size, 2))
        picture.paste(shape, (x, y))
        if index % 2:
            picture = picture.filter(ImageFilter.GaussianBlur(2))
        made.append(squash(picture, size))
    return np.stack(made)


def compare_float(model: R2D2, package: Package, pixels: NDArray[np.uint8]) -> float:
    """Highest absolute difference between PyTorch and a float32 package over all outputs."""
    images = package.encode_images(pixels)
    texts = package.encode_texts(SENTENCES)
    differences = []

    def note(ours: Floats, theirs: torch.Tensor) -> None:
        differences.append(float(np.abs(ours - theirs.numpy()).max()))

    planes = np.stack([package.normalized[pixels[..., c], c] for c in range(3)], axis=1)
    with torch.inference_mode():
        embeddings, image_tokens = model.image_encoder(torch.from_numpy(planes))
        note(images.embeddings, embeddings)
        note(images.tokens, image_tokens)
        for row, text in enumerate(SENTENCES):
            ids = torch.tensor([package.tokenize(text)], dtype=torch.int32)
            mask = torch.ones_like(ids)
            embedding, tokens = model.text_encoder(ids, mask)
            note(texts.embeddings[row], embedding[0])
            note(texts.tokens[row], tokens[0])
            ranking = package.rank(images.tokens, texts.tokens[row])
            count = len(pixels)
            probabilities, attention, heads = model.ranker(
                image_tokens, tokens.expand(count, -1, -1), mask.expand(count, -1)
            )
            note(ranking.match_probabilities, probabilities)
            note(ranking.attention, attention)
            if ranking.head_probabilities is not None:
                note(ranking.head_probabilities, heads)
    return max(differences)


def compare_variant(
    reference: Package, package: Package, photos: NDArray[np.uint8], texts: Sequence[str]
) -> Figures:
    """Figures of one variant against the float32 package, on photos and sentences."""
    exact_images, images = (each.encode_images(photos, 1) for each in (reference, package))
    exact_texts, sentences = (each.encode_texts(texts) for each in (reference, package))
    errors: list[Floats] = [np.zeros(1, np.float32)]
    if package.has_ranker:
        for row in range(len(texts)):
            exact = reference.rank(exact_images.tokens, exact_texts.tokens[row])
            ranking = package.rank(images.tokens, sentences.tokens[row])
            errors.append(np.abs(exact.match_probabilities - ranking.match_probabilities))
    error = np.concatenate(errors)
    return Figures(
        package.variant,
        _cosines(exact_images.embeddings, images.embeddings),
        _cosines(exact_texts.embeddings, sentences.embeddings),
        (float(error.max()), float(error.mean())),
    )


def _cosines(exact: Floats, ours: Floats) -> tuple[float, float]:
    cosines = (exact * ours).sum(axis=1)
    return float(cosines.min()), float(cosines.mean())


def recall_at_10(package: Package, data: Path, split: str = "val") -> dict[str, float]:
    """Text → photo R@10 by cosine, in per cent, by caption source.

    `data` holds `<split>-*.tar` with photos and `captions.*.tsv`; the first caption of every photo
    is a query.
    """
    names: list[str] = []
    pixels = []
    for name, photo in read_photos(sorted(data.glob(f"{split}-*.tar"))):
        names.append(name)
        pixels.append(squash(photo, package.image_size))
    images = package.encode_images(np.stack(pixels), 1)
    recalls = {}
    for source in read_captions(data, (split,)):
        queries = [source.captions[name][0] for name in names if name in source.captions]
        wanted = np.array([row for row, name in enumerate(names) if name in source.captions])
        scores = package.encode_texts(queries).embeddings @ images.embeddings.T
        own = scores[np.arange(len(wanted)), wanted]
        recalls[source.name] = float(100 * ((scores > own[:, None]).sum(axis=1) < 10).mean())
    return recalls


def failures(figures: Sequence[Figures]) -> Iterator[str]:
    """What is outside the bars, one line each; the first figures are those of float32."""
    exact = figures[0]
    for each in figures:
        if each.float_error is not None and not each.float_error <= MAX_FLOAT_ERROR:
            yield f"{each.variant} differs from PyTorch by {each.float_error:.1e}"
        for side, (lowest, _) in (("image", each.image_cosine), ("text", each.text_cosine)):
            if not lowest >= MIN_COSINE:
                yield f"{each.variant}: {side} embeddings have a cosine of only {lowest:.4f}"
        for source, recall in (each.recall or {}).items():
            loss = (exact.recall or {})[source] - recall
            if loss > MAX_RECALL_LOSS:
                yield f"{each.variant} loses {loss:.1f} points of R@10 on {source}"


def table(figures: Sequence[Figures]) -> str:
    """The figures as lines of text."""
    lines = ["variant  vs PyTorch  image cosine     text cosine      match error      R@10"]
    for each in figures:
        error = "" if each.float_error is None else f"{each.float_error:.1e}"
        recall = ", ".join(f"{name} {value:.1f}" for name, value in (each.recall or {}).items())
        pairs = (each.image_cosine, each.text_cosine, each.match_error)
        columns = [f"{first:.4f} / {mean:.4f}" for first, mean in pairs]
        lines.append("  ".join([f"{each.variant:<7}", f"{error:>10}", *columns, recall]).rstrip())
    lines.append("cosines: lowest / mean; match error: highest / mean")
    return "\n".join(lines)


def check_model(
    model: R2D2, reference: Package, packages: Sequence[Package], data: Path | None
) -> list[Figures]:
    """Figures of float32 (first) and of every variant."""
    pixels = pictures(8, reference.image_size)
    exact = Figures(
        "fp32",
        (1.0, 1.0),
        (1.0, 1.0),
        (0.0, 0.0),
        float_error=compare_float(model, reference, pixels),
        recall=recall_at_10(reference, data) if data else None,
    )
    if data:
        shards = sorted(data.glob("val-*.tar"))
        some = [photo for photo, _ in zip(read_photos(shards), range(32), strict=False)]
        pixels = np.stack([squash(photo, reference.image_size) for _, photo in some])
    results = [exact]
    for package in packages:
        figures = compare_variant(reference, package, pixels, SENTENCES)
        if data:
            figures = replace(figures, recall=recall_at_10(package, data))
        results.append(figures)
    return results
