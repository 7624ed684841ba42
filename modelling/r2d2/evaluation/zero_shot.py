"""Labels as texts: accuracy over the classes of each labelled set, in both languages."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from r2d2.data.labels import LANGUAGES, TEMPLATES, LabelledPhotos
from r2d2.evaluation.encoders import Encoder

# Sets whose classes are labels that somebody would use on their own photos.
LABEL_SETS = (
    "actions",
    "chinesefood",
    "food",
    "intel",
    "rooms",
    "sports",
    "sun",
    "weather",
    "wonders",
)


def label_embeddings(encoder: Encoder, names: list[str], language: str) -> Tensor:
    """Unit-length mean over the templates, [names, D]."""
    mean = torch.stack(
        [encoder.texts([t.format(name) for name in names])[0] for t in TEMPLATES[language]]
    ).mean(0)
    return F.normalize(mean, dim=1)


def label_accuracy(
    encoder: Encoder, labelled: LabelledPhotos, photos: Tensor, classes_left_out: bool = False
) -> dict[str, dict[str, float]]:
    """Top-1 in percent by language and set, over a set's classes, on photos that were kept back.

    `mean` is over `LABEL_SETS`, `mean, bare names` the same without templates. Where training left
    classes out, their photos count apart, as `<set>, unseen`.
    """
    result: dict[str, dict[str, float]] = {}
    unseen = labelled.unseen_class if classes_left_out else np.zeros_like(labelled.unseen_class)
    for language in LANGUAGES:
        names = [c.names[language] for c in labelled.classes]
        kept = labelled.held_back & ~unseen
        texts = label_embeddings(encoder, names, language)
        accuracies = _by_set(labelled, photos, texts, kept)
        bare = _by_set(labelled, photos, encoder.texts(names)[0], kept)
        accuracies |= {
            "mean": _mean_over_sets(accuracies),
            "mean, bare names": _mean_over_sets(bare),
        }
        if classes_left_out:
            apart = _by_set(labelled, photos, texts, unseen)
            accuracies |= {f"{name}, unseen": value for name, value in apart.items()}
            accuracies["mean, unseen"] = _mean_over_sets(apart)
        result[language] = accuracies
    return result


def _by_set(
    labelled: LabelledPhotos, photos: Tensor, texts: Tensor, counted: NDArray[np.bool_]
) -> dict[str, float]:
    accuracies: dict[str, float] = {}
    for name in labelled.sets:
        classes = labelled.classes_of(name)
        rows = np.flatnonzero(np.isin(labelled.label, classes) & counted)
        if len(classes) > 1 and len(rows):
            best = (photos[rows] @ texts[classes].T).argmax(1).numpy()
            accuracies[name] = 100 * float((classes[best] == labelled.label[rows]).mean())
    return accuracies


def _mean_over_sets(accuracies: dict[str, float]) -> float:
    return float(np.mean([accuracies[name] for name in LABEL_SETS if name in accuracies]))


def name_agreement(texts: Tensor, photos: Tensor, teacher: Tensor) -> dict[str, float]:
    """How often 1,000 class names put first what the classifier is sure of.

    `teacher` are its probabilities [N, 1000]; only photos with one above one half count, and
    every class that occurs counts the same. A stand-in: photos with ImageNet labels are not at
    hand.
    """
    sure = teacher.amax(1) > 0.5
    scores, right = photos[sure] @ texts.T, teacher[sure].argmax(1)
    found = (scores > scores.gather(1, right[:, None])).sum(1)
    result = {}
    for cut in (1, 5):
        hits = (found < cut).float()
        result[f"top-{cut}"] = 100 * float(
            torch.stack([hits[right == c].mean() for c in sorted(set(right.tolist()))]).mean()
        )
    return result
