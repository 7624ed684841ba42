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

from r2d2.architecture.captioner import NEVER, Captioner
from r2d2.data.captions import read_captions
from r2d2.data.layout import captioned_folder, photo_sources
from r2d2.data.photos import read_photos, square
from r2d2.errors import R2D2Error
from r2d2.export.package import Floats, ImageEncodings, Package, Ranking, TextEncodings

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


CAPTION_TOKENS = 6
"""So many random tokens are handed to the captioner, one after the other."""

RANKED = SENTENCES[::4]
"""The sentences that the ranker is checked with, which is by far the slowest part."""


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
        made.append(square(picture, size))
    return np.stack(made)


@dataclass(frozen=True)
class Outputs:
    """What a model makes of the check's photos and sentences."""

    images: ImageEncodings
    texts: TextEncodings
    rankings: list[Ranking]
    """One for each of RANKED; empty without a ranker."""
    caption_logits: Floats | None
    """After each of CAPTION_TOKENS random tokens about two photos, 0 for what is never written;
    None without a captioner."""


@torch.inference_mode()
def original_outputs(
    model: "Exportable",
    package: Package,
    photos: NDArray[np.uint8],
    captioner: Captioner | None = None,
) -> Outputs:
    """Outputs of the PyTorch model; any package of it prepares the pixels and token ids."""
    embeddings, tokens = [], []
    for pixels in torch.split(torch.from_numpy(package.pixel_values(photos)), 8):
        embedding, states = model.image_encoder(pixels)
        embeddings.append(embedding.numpy())
        tokens.append(states.numpy())
    images = ImageEncodings(np.concatenate(embeddings), np.concatenate(tokens))
    embeddings, tokens, rankings = [], [], []
    for text in SENTENCES:
        ids = torch.tensor([package.tokenize(text)], dtype=torch.int32)
        embedding, states = model.text_encoder(ids, torch.ones_like(ids))
        embeddings.append(embedding.numpy())
        tokens.append(states[0].numpy())
        if model.ranker is not None and text in RANKED:
            count = len(photos)
            probabilities, attention, heads = model.ranker(
                torch.from_numpy(images.tokens),
                states.expand(count, -1, -1),
                torch.ones_like(ids).expand(count, -1),
            )
            rankings.append(Ranking(probabilities.numpy(), attention.numpy(), heads.numpy()))
    logits = None
    if captioner is not None:
        read = caption_ids(captioner.config.vocabulary).astype(np.int64)
        states = captioner.sequence_states(
            torch.from_numpy(images.tokens[:2]), torch.from_numpy(read)
        )
        logits = captioner.logits(states).masked_fill(captioner.never < 0, 0).numpy()
    return Outputs(images, TextEncodings(np.concatenate(embeddings), tokens), rankings, logits)


def package_outputs(package: Package, photos: NDArray[np.uint8]) -> Outputs:
    """Outputs of a package; photos one by one, as activations quantize differently in batches."""
    images, texts = package.encode_images(photos, 1), package.encode_texts(SENTENCES)
    tokens = dict(zip(SENTENCES, texts.tokens, strict=True))
    ranked = RANKED if package.has_ranker else ()
    rankings = [package.rank(images.tokens, tokens[text]) for text in ranked]
    logits = None
    if package.caption is not None:
        logits = caption_logits(package, images.tokens[:2])
    return Outputs(images, texts, rankings, logits)


def caption_ids(vocabulary: int) -> NDArray[np.int32]:
    """Random token ids [2, CAPTION_TOKENS]."""
    rng = np.random.default_rng(0)
    return rng.integers(0, vocabulary, (2, CAPTION_TOKENS), dtype=np.int32)


def caption_logits(package: Package, image_tokens: Floats) -> Floats:
    """The captioner step by step, [2, CAPTION_TOKENS, V]."""
    past, steps = None, []
    for ids in caption_ids(package.caption_tokenizer.get_vocab_size()).T:
        logits, past = package.caption_step(image_tokens, ids, past)
        steps.append(logits)
    logits = np.stack(steps, axis=1)
    logits[logits <= NEVER / 2] = 0
    return logits


def compare(variant: str, exact: Outputs, ours: Outputs) -> Figures:
    """Figures of one variant."""
    differences: list[float] = []
    errors: list[Floats] = []

    def note(values: Floats | None, expected: Floats | None) -> None:
        if values is not None and expected is not None:
            scale = max(1, np.abs(expected).max())
            differences.append(float(np.abs(values - expected).max() / scale))

    note(ours.images.embeddings, exact.images.embeddings)
    note(ours.images.tokens, exact.images.tokens)
    note(ours.texts.embeddings, exact.texts.embeddings)
    for tokens, expected in zip(ours.texts.tokens, exact.texts.tokens, strict=True):
        note(tokens, expected)
    for ranking, reference in zip(ours.rankings, exact.rankings, strict=True):
        note(ranking.match_probabilities, reference.match_probabilities)
        note(ranking.attention, reference.attention)
        note(ranking.head_probabilities, reference.head_probabilities)
        errors.append(np.abs(ranking.match_probabilities - reference.match_probabilities))
    note(ours.caption_logits, exact.caption_logits)
    error = np.concatenate(errors) if errors else None
    return Figures(
        variant,
        float(np.max(differences)),
        _cosines(exact.images.embeddings, ours.images.embeddings),
        _cosines(exact.texts.embeddings, ours.texts.embeddings),
        None if error is None else (float(error.max()), float(error.mean())),
    )


def _cosines(exact: Floats, ours: Floats) -> tuple[float, float]:
    cosines = (exact * ours).sum(axis=1)
    return float(cosines.min()), float(cosines.mean())


def validation_photos(
    folder: Path, size: int, limit: int | None = None
) -> tuple[list[str], NDArray[np.uint8]]:
    """Names and pixels [N, S, S, 3] of the photos in `val-*.tar` and `val/`, or the first ones."""
    photos = islice(read_photos(photo_sources(folder, "val")), limit)
    read = [(name, square(photo, size)) for name, photo in photos]
    if not read:
        raise R2D2Error(f"{folder}: val-*.tar and val hold no photos; name a folder that has some")
    return [name for name, _ in read], np.stack([pixels for _, pixels in read])


def recall_at_10(package: Package, folder: Path) -> dict[str, float]:
    """Text → photo R@10 by cosine, in per cent, by caption source.

    `folder` holds validation photos and `captions.*.tsv`; the first caption of every photo is a
    query, and a source without any is left out.
    """
    names, pixels = validation_photos(folder, package.image_size)
    images = package.encode_images(pixels, 1)
    recalls = {}
    for source in read_captions(folder, ("val",)):
        queries = [source.captions[name][0] for name in names if name in source.captions]
        wanted = np.array([row for row, name in enumerate(names) if name in source.captions])
        if not queries:
            continue
        scores = package.encode_texts(queries).embeddings @ images.embeddings.T
        own = scores[np.arange(len(wanted)), wanted]
        recalls[source.name] = float(100 * ((scores > own[:, None]).sum(axis=1) < 10).mean())
    if not recalls:
        raise R2D2Error(f"{folder}: no line of captions.*.tsv is of split val and of a photo there")
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
    model: "Exportable",
    packages: Sequence[Package],
    data: Path | None = None,
    captioner: Captioner | None = None,
) -> list[Figures]:
    """Figures of each package against PyTorch, and its recall where photos are given."""
    size = packages[0].image_size
    pixels = pictures(8, size)
    folder = None if data is None else captioned_folder(data)
    if folder is not None:
        _, pixels = validation_photos(folder, size, 32)
    exact = original_outputs(model, packages[0], pixels, captioner)
    results = []
    for package in packages:
        figures = compare(package.variant, exact, package_outputs(package, pixels))
        if folder is not None:
            figures = replace(figures, recall=recall_at_10(package, folder))
        results.append(figures)
        package.close()
    return results
