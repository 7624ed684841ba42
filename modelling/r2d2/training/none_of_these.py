"""The cosine below which none of some labels fits a photo.

A softmax over labels always finds one that fits best, so the best cosine has to decide. Photos of
other sets than the labels' own show what none of them fits.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from r2d2.architecture import R2D2
from r2d2.data.corpus import NameTexts
from r2d2.data.labels import LabelledPhotos

SOME_LABEL_FITS = -1.0
"""No photo is that far from a label, so that `none_below` decides nothing; the app says "off"."""

# Sets that may show the same things; a photo of one is no proof that another's labels do not fit.
# Any other set is a kind of its own.
_KINDS = (
    {"food", "chinesefood", "grocery"},
    {"sports", "actions"},
    {"intel", "sun", "weather", "wonders"},
    {"rooms"},
)


@torch.inference_mode()
def best_cosines(
    model: R2D2, labelled: LabelledPhotos, texts: NameTexts, pooled: Tensor
) -> tuple[Tensor, Tensor]:
    """Each held-back photo's best cosine with the labels of a set, and whether it is of that set.

    `pooled` are the photos' pooled features. All sets of a kind, in every language.
    """
    photos = model.image_encoder.embedding_head(pooled)
    known = set().union(*_KINDS)
    kinds = [*_KINDS, *({name} for name in labelled.sets if name not in known)]
    set_of_photo = np.array([labelled.classes[label].set for label in labelled.label])
    cosines, truth = [], []
    for templates in texts.pooled.values():
        names = torch.stack([model.text_encoder.embedding_head(t) for t in templates]).mean(0)
        names = F.normalize(names, dim=1)
        for kind in kinds:
            for name in sorted(kind & set(labelled.sets)):
                own = set_of_photo == name
                other = ~np.isin(set_of_photo, sorted(kind))
                rows = np.flatnonzero(labelled.held_back & (own | other))
                best = (photos[rows] @ names[labelled.classes_of(name)].T).amax(1)
                cosines.append(best)
                truth.append(torch.from_numpy(own[rows]))
    return torch.cat(cosines), torch.cat(truth)


def fit_none_below(cosines: Tensor, fits: Tensor) -> tuple[float, float] | None:
    """The cosine that best tells photos a label fits from others, and its balanced accuracy.

    None where photos of either kind are missing, as with a single labelled set.
    """
    if fits.all() or not fits.any():
        return None
    order = cosines.argsort(descending=True)
    taken = fits[order].double()
    hits = taken.cumsum(0) / taken.sum()
    alarms = (1 - taken).cumsum(0) / (1 - taken).sum()
    balanced = (hits + 1 - alarms) / 2
    best = int(balanced.argmax())
    return float(cosines[order[best]]), float(balanced[best])
