"""Labels as texts: accuracy over the classes of each labelled set, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from r2d2.data.labels import LANGUAGES, LabelledPhotos
from r2d2.evaluation.encoders import Encoder

_BARE = "{}"
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
    """Unit-length mean over the model's templates, [names, D]."""
    return _mean(_by_template(encoder, names, encoder.label_templates[language]))


def label_accuracy(
    encoder: Encoder, labelled: LabelledPhotos, photos: Tensor, classes_left_out: bool = False
) -> dict[str, dict[str, dict[str, float]]]:
    """Top-1 in percent by language, kind and set, over a set's classes, on photos kept back.

    The kinds are `with templates`, those of the model, and `bare names`; `mean` is over those of
    `LABEL_SETS` that are there, and so is `mean top-5`. Where training left classes out, their
    photos count apart, as `unseen classes`.
    """
    result: dict[str, dict[str, dict[str, float]]] = {}
    unseen = labelled.unseen_class if classes_left_out else np.zeros_like(labelled.unseen_class)
    kept = labelled.held_back & ~unseen
    for language in LANGUAGES:
        names = [c.names[language] for c in labelled.classes]
        templates = encoder.label_templates[language]
        embeddings = _by_template(encoder, names, dict.fromkeys((*templates, _BARE)))
        texts = _mean({template: embeddings[template] for template in templates})
        result[language] = {
            "with templates": _by_set(labelled, photos, texts, kept),
            "bare names": _by_set(labelled, photos, embeddings[_BARE], kept),
        }
        if classes_left_out:
            result[language]["unseen classes"] = _by_set(labelled, photos, texts, unseen)
    return result


def _by_template(encoder: Encoder, names: list[str], templates: Iterable[str]) -> dict[str, Tensor]:
    """Embeddings [names, D] of the sentences that each template makes."""
    return {
        template: encoder.texts([template.format(name) for name in names])[0]
        for template in templates
    }


def _mean(embeddings: Mapping[str, Tensor]) -> Tensor:
    return F.normalize(torch.stack(list(embeddings.values())).mean(0), dim=1)


def _by_set(
    labelled: LabelledPhotos, photos: Tensor, texts: Tensor, counted: NDArray[np.bool_]
) -> dict[str, float]:
    accuracies: dict[str, float] = {}
    among_five: dict[str, float] = {}
    for name in labelled.sets:
        classes = labelled.classes_of(name)
        rows = np.flatnonzero(np.isin(labelled.label, classes) & counted)
        if len(classes) > 1 and len(rows):
            best = (photos[rows] @ texts[classes].T).topk(min(5, len(classes))).indices.numpy()
            hits = classes[best] == labelled.label[rows, None]
            accuracies[name] = 100 * float(hits[:, 0].mean())
            among_five[name] = 100 * float(hits.any(1).mean())
    means: dict[str, float] = {}
    there = [name for name in LABEL_SETS if name in accuracies]
    if there:
        means["mean"] = float(np.mean([accuracies[name] for name in there]))
        means["mean top-5"] = float(np.mean([among_five[name] for name in there]))
    return {**means, **accuracies}


def name_agreement(texts: Tensor, photos: Tensor, teacher: Tensor) -> dict[str, float]:
    """How often 1,000 class names put first what the classifier is sure of.

    `teacher` are its probabilities [N, 1000]; only photos with one above one half count, and
    every class that occurs counts the same; there is no figure where it is sure of none. A
    stand-in: photos with ImageNet labels are not at hand.
    """
    sure = teacher.amax(1) > 0.5
    if not sure.any():
        return {}
    scores, right = photos[sure] @ texts.T, teacher[sure].argmax(1)
    found = (scores > scores.gather(1, right[:, None])).sum(1)
    result = {}
    for cut in (1, 5):
        hits = (found < cut).float()
        result[f"top-{cut}"] = 100 * float(
            torch.stack([hits[right == c].mean() for c in sorted(set(right.tolist()))]).mean()
        )
    return result
