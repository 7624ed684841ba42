"""Labels as texts: accuracy over the classes of each labelled set, in both languages."""

from __future__ import annotations

import numpy as np
import torch
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
    encoder: Encoder, labelled: LabelledPhotos, photos: Tensor
) -> dict[str, dict[str, float]]:
    """Top-1 in percent by language and set, over a set's classes.

    `<set>` counts photos that were kept back of classes that were trained on, `<set>, unseen` the
    photos of classes never trained on. `mean` is over `LABEL_SETS`.
    """
    result: dict[str, dict[str, float]] = {}
    for language in LANGUAGES:
        texts = label_embeddings(encoder, [c.names[language] for c in labelled.classes], language)
        accuracies: dict[str, float] = {}
        for name in labelled.sets:
            classes = labelled.classes_of(name)
            if len(classes) < 2:
                continue
            inside = np.isin(labelled.label, classes)
            for key, rows in (
                (name, np.flatnonzero(inside & labelled.held_back & ~labelled.unseen_class)),
                (f"{name}, unseen", np.flatnonzero(inside & labelled.unseen_class)),
            ):
                if len(rows):
                    best = (photos[rows] @ texts[classes].T).argmax(1).numpy()
                    accuracies[key] = 100 * float((classes[best] == labelled.label[rows]).mean())
        for key, suffix in (("mean", ""), ("mean, unseen", ", unseen")):
            own = [accuracies[n + suffix] for n in LABEL_SETS if n + suffix in accuracies]
            accuracies[key] = float(np.mean(own))
        result[language] = accuracies
    return result


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
