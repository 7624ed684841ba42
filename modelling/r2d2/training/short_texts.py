"""Losses of the dual encoder on short texts: phrases that captions share, class names, labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from r2d2.data.corpus import Corpus
from r2d2.device import device_of
from r2d2.losses.classifier_teacher import ClassLikeFeatures, classifier_loss
from r2d2.losses.contrastive import multi_positive
from r2d2.training.batches import Rows
from r2d2.training.config import AlignConfig
from r2d2.training.dual_heads import AlignData, DualHeads

# Pooled states of some phrases, by their rows.
ReadPhrases = Callable[[NDArray[np.int64]], Tensor]

_SYNTHETIC = 256
_LABELLED = 192
_PHRASES = 384


class ShortTexts:
    """Draws short texts and photos for them; `rng` and `generator` are the run's."""

    def __init__(
        self,
        corpus: Corpus,
        data: AlignData,
        options: AlignConfig,
        rng: np.random.Generator,
        generator: torch.Generator,
    ) -> None:
        self.corpus, self.data, self.options = corpus, data, options
        self.rng, self.generator = rng, generator
        self.class_like = ClassLikeFeatures(corpus.classifier, data.photos[0])
        labelled = corpus.labelled
        usable = ~labelled.held_back
        if options.leave_classes_out:
            usable &= ~labelled.unseen_class
        self.label_rows = np.flatnonzero(usable)
        counts = np.bincount(labelled.label)[labelled.label[self.label_rows]]
        self.label_odds = (1 / np.sqrt(counts)) / (1 / np.sqrt(counts)).sum()
        self.label_classes = np.unique(labelled.label[self.label_rows])
        sets = {name: i for i, name in enumerate(labelled.sets)}
        self.set_of_class = torch.tensor([sets[c.set] for c in labelled.classes])

    def phrase_loss(
        self, heads: DualHeads, rows: Rows, features: Tensor, read: ReadPhrases | None = None
    ) -> Tensor:
        """Phrases against photos [N] with their features: a phrase may fit several of them.

        Their states are those at hand, or what `read` makes of them.
        """
        phrases, photo_rows = self.data.phrases, torch.from_numpy(rows)
        picked = phrases.draw(photo_rows, _PHRASES, self.generator)
        own = picked.numpy()
        pooled = torch.from_numpy(phrases.states.pooled[own]) if read is None else read(own)
        photos = heads.image(features).float()
        texts = heads.text(pooled.to(features.device)).float()
        share, sharpness = self.options.phrase_targets, self.options.phrase_sharpness
        targets = phrases.targets(picked, photo_rows, share, sharpness)
        return multi_positive(
            heads.phrase_scale.exp() * texts @ photos.T, targets.to(photos.device)
        )

    def _template(self, pooled: Tensor) -> Tensor:
        """States of all classes in one template, the bare name half of the time."""
        bare = self.rng.random() < 0.5
        return pooled[0 if bare else int(self.rng.integers(len(pooled)))]

    def name_loss(self, heads: DualHeads, rows: Rows) -> Tensor:
        """Class names of photos, of labelled ones and of made-up features, by the classifier."""
        photos = self.data.photos[0]
        labelled = self.data.labelled[0][self.rng.choice(self.label_rows, _LABELLED)]
        synthetic = self.class_like.draw(_SYNTHETIC, self.generator)
        features = torch.cat((synthetic, labelled, photos[rows[:64]]))
        # Chinese twice as often: its names are the harder ones.
        languages = list(self.corpus.imagenet_texts.pooled)
        language = "zh" if self.rng.random() < 0.5 else languages[-1]
        where = device_of(heads)
        names = self._template(self.corpus.imagenet_texts.pooled[language]).to(where)
        photos = heads.image(features.to(where)).float()
        logits = heads.name_scale.exp() * photos @ heads.text(names).float().T
        return classifier_loss(logits, features, self.corpus.classifier)

    def label_loss(self, heads: DualHeads) -> Tensor:
        """Labels of labelled photos."""
        labelled = self.corpus.labelled
        rows = self.rng.choice(self.label_rows, _LABELLED, p=self.label_odds)
        view = self.data.labelled[int(self.rng.integers(len(self.data.labelled)))]
        language = ("zh", "en")[int(self.rng.integers(2))]
        texts = self._template(self.corpus.label_texts.pooled[language])[self.label_classes]
        where = device_of(heads)
        photos = heads.image(view[rows].to(where)).float()
        logits = heads.name_scale.exp() * photos @ heads.text(texts.to(where)).float().T
        if self.rng.random() < 0.5:
            # Half of the time only the labels of the photo's own set compete, as in use.
            sets = self.set_of_class
            own = sets[labelled.label[rows]][:, None] == sets[self.label_classes][None]
            logits = logits.masked_fill(~own.to(where), -1e4)
        targets = np.searchsorted(self.label_classes, labelled.label[rows])
        return F.cross_entropy(logits, torch.from_numpy(targets).to(where))
