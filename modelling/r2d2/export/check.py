"""Checks a package against the PyTorch model that it was made from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from r2d2.data.captions import read_captions
from r2d2.data.photos import read_photos
from r2d2.export.package import Floats, ImageEncodings, Package, Ranking, TextEncodings
from r2d2.export.photo import squash

if TYPE_CHECKING:
    from r2d2.export.model import Exportable

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
    """How far one variant is from the PyTorch model."""

    variant: str
    difference: float
    """Highest difference over all outputs, relative to an output's range where that exceeds 1."""
    image_cosine: tuple[float, float]
    """Lowest and mean cosine of image embeddings."""
    text_cosine: tuple[float, float]
    match_error: tuple[float, float] | None
    """Highest and mean absolute error of match probabilities; None without a ranker."""
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


class Original:
    """The PyTorch model behind the interface of a package, whose texts and pixels it prepares."""

    def __init__(self, model: "Exportable", package: Package) -> None:
        self.model = model
        self.package = package

    def encode_images(self, pixels: NDArray[np.uint8], batch_size: int = 8) -> ImageEncodings:
        """RGB bytes [N, S, S, 3] → embeddings and tokens."""
        values = torch.from_numpy(self.package.pixel_values(pixels))
        with torch.inference_mode():
            parts = [self.model.image_encoder(batch) for batch in torch.split(values, batch_size)]
        embeddings, tokens = (torch.cat(each).numpy() for each in zip(*parts, strict=True))
        return ImageEncodings(embeddings, tokens)

    def encode_texts(self, texts: Sequence[str]) -> TextEncodings:
        """Sentences → embeddings and tokens, each at its own length."""
        embeddings, tokens = [], []
        with torch.inference_mode():
            for text in texts:
                ids = torch.tensor([self.package.tokenize(text)], dtype=torch.int32)
                embedding, states = self.model.text_encoder(ids, torch.ones_like(ids))
                embeddings.append(embedding.numpy())
                tokens.append(states[0].numpy())
        return TextEncodings(np.concatenate(embeddings), tokens)

    def rank(self, image_tokens: Floats, text_tokens: Floats) -> Ranking:
        """Photos' tokens [N, P, Wi] and one sentence's tokens [L, Wt] → match probabilities."""
        assert self.model.ranker is not None
        images = torch.from_numpy(image_tokens)
        texts = torch.from_numpy(text_tokens).expand(len(images), -1, -1)
        with torch.inference_mode():
            mask = torch.ones(texts.shape[:2], dtype=torch.int32)
            probabilities, attention, heads = self.model.ranker(images, texts, mask)
        return Ranking(probabilities.numpy(), attention.numpy(), heads.numpy())


def compare(original: Original, package: Package, photos: NDArray[np.uint8]) -> Figures:
    """Figures of one variant on photos and the built-in sentences."""
    differences: list[float] = []
    match_errors: list[Floats] = []

    def note(ours: Floats | None, exact: Floats | None) -> None:
        if ours is not None and exact is not None:
            differences.append(float(np.abs(ours - exact).max() / max(1, np.abs(exact).max())))

    exact_images, images = original.encode_images(photos), package.encode_images(photos, 1)
    exact_texts, texts = original.encode_texts(SENTENCES), package.encode_texts(SENTENCES)
    note(images.embeddings, exact_images.embeddings)
    note(images.tokens, exact_images.tokens)
    note(texts.embeddings, exact_texts.embeddings)
    for exact_tokens, tokens in zip(exact_texts.tokens, texts.tokens, strict=True):
        note(tokens, exact_tokens)
        if package.has_ranker:
            exact = original.rank(exact_images.tokens, exact_tokens)
            ours = package.rank(images.tokens, tokens)
            note(ours.match_probabilities, exact.match_probabilities)
            note(ours.attention, exact.attention)
            note(ours.head_probabilities, exact.head_probabilities)
            match_errors.append(np.abs(ours.match_probabilities - exact.match_probabilities))
    errors = np.concatenate(match_errors) if match_errors else None
    return Figures(
        package.variant,
        float(np.max(differences)),
        _cosines(exact_images.embeddings, images.embeddings),
        _cosines(exact_texts.embeddings, texts.embeddings),
        None if errors is None else (float(errors.max()), float(errors.mean())),
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
        # Written so that NaN fails.
        if each.variant == "fp32" and not each.difference <= MAX_FLOAT_ERROR:
            yield f"fp32 differs from PyTorch by {each.difference:.1e}"
        for side, (lowest, _) in (("image", each.image_cosine), ("text", each.text_cosine)):
            if not lowest >= MIN_COSINE:
                yield f"{each.variant}: {side} embeddings have a cosine of only {lowest:.4f}"
        for source, recall in (each.recall or {}).items():
            loss = (exact.recall or {})[source] - recall
            if loss > MAX_RECALL_LOSS:
                yield f"{each.variant} loses {loss:.1f} points of R@10 on {source}"


def table(figures: Sequence[Figures]) -> str:
    """The figures as lines of text."""
    lines = ["variant  difference  image cosine     text cosine      match error      R@10"]
    for each in figures:
        recall = ", ".join(f"{name} {value:.1f}" for name, value in (each.recall or {}).items())
        pairs = (each.image_cosine, each.text_cosine, each.match_error)
        columns = [" " * 15 if pair is None else f"{pair[0]:.4f} / {pair[1]:.4f}" for pair in pairs]
        line = "  ".join([f"{each.variant:<7}", f"{each.difference:>10.1e}", *columns, recall])
        lines.append(line.rstrip())
    lines.append("against PyTorch; difference: highest of all outputs; cosine: lowest / mean;")
    lines.append("match error: highest / mean of the match probability")
    return "\n".join(lines)


def check_packages(
    model: "Exportable", packages: Sequence[Package], data: Path | None = None
) -> list[Figures]:
    """Figures of each package against PyTorch, and its recall where photos are given."""
    size = packages[0].image_size
    pixels = pictures(8, size)
    if data:
        photos = read_photos(sorted(data.glob("val-*.tar")))
        pixels = np.stack([squash(photo, size) for _, photo in islice(photos, 32)])
    results = []
    for package in packages:
        figures = compare(Original(model, package), package, pixels)
        if data:
            figures = replace(figures, recall=recall_at_10(package, data))
        results.append(figures)
        package.close()
    return results
