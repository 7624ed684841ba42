"""A trained ranker as the teacher of the dual encoder (after DistilledDualEncoder)."""

from __future__ import annotations

import torch
from torch import Tensor

from r2d2.architecture import R2D2
from r2d2.data.corpus import Corpus
from r2d2.device import best_device, half_precision
from r2d2.training.batches import Rows
from r2d2.training.features import pieces


class RankTeacher:
    """Match logits of training photos with captions, of the photos' plain view."""

    def __init__(self, model: R2D2, corpus: Corpus) -> None:
        self.device = best_device()
        self.model, self.captions = model.to(self.device), corpus.captions
        self.places = self._photo_places(corpus)

    @torch.inference_mode()
    def _photo_places(self, corpus: Corpus) -> Tensor:
        """Places of all cells of all photos, [photos, P, place]; they do not change."""
        encoder = self.model.image_encoder
        places = []
        with half_precision(self.device):
            for cells, _ in corpus.train.features.batches(0):
                features = encoder.backbone.features(cells.to(self.device))
                places.append((encoder.token_head(features) + encoder.positions).bfloat16())
        return torch.cat(places)

    @torch.no_grad()
    def __call__(self, photos: Rows, captions: Rows) -> Tensor:
        """Logits [photos, captions] of every pair."""
        found, mask = pieces(self.model, self.captions, captions)
        with half_precision(self.device):
            text = self.model.text_encoder.token_head(found)
        places = self.places[torch.from_numpy(photos)].float()
        return self.model.ranker.late_logits(places, text, mask).mean(0).T
