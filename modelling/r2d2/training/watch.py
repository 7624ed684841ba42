"""A look at the ranker in training: R@1 of every sixth validation caption."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from r2d2.architecture import R2D2
from r2d2.architecture.ranker import Tokens
from r2d2.data.corpus import Corpus
from r2d2.device import device_of, half_precision
from r2d2.evaluation.reranking import CANDIDATES, Reranked
from r2d2.training.calibrate import fit_rerank_weights
from r2d2.training.features import cells, pieces, pooled_features
from r2d2.training.rank import RankParts

_STEP = 6
_LOGITS_A_UNIT = 10.0
_BATCH = 16


class RankWatch:
    """Callable on the parts in training; keeps the candidates, which do not change."""

    def __init__(self, model: R2D2, corpus: Corpus) -> None:
        self.model, self.corpus = model, corpus
        self.queries = []
        with torch.inference_mode():
            encoder = model.image_encoder
            where = device_of(encoder)
            pooled = pooled_features(corpus.val.features, encoder)[0]
            photos = encoder.embedding_head(pooled.to(where)).cpu()
            for table in corpus.val.sources:
                rows = table.rows.reshape(-1)[::_STEP]
                right = np.arange(len(photos)).repeat(table.rows.shape[1])[::_STEP]
                pooled = torch.from_numpy(corpus.captions.pooled[rows])
                texts = model.text_encoder.embedding_head(pooled.to(where)).cpu()
                top = (texts @ photos.T).topk(min(CANDIDATES, len(photos)))
                self.queries.append((rows, torch.from_numpy(right), top.indices, top.values))

    @torch.inference_mode()
    def __call__(self, parts: RankParts) -> dict[str, float]:
        """Mean R@1 over the sources, before and after re-ranking with the best weights."""
        view = self.corpus.val.features.views[0]
        lengths = np.diff(self.corpus.captions.texts.offsets)
        reranked = []
        where = device_of(parts)
        with half_precision(where):
            found = cells(view, np.arange(len(view))).to(where)
            features = self.model.image_encoder.backbone.features(found)
            places = parts.image_tokens(features) + parts.positions
            for rows, right, candidates, cosines in self.queries:
                order = lengths[rows].argsort(kind="stable")
                match = torch.empty(cosines.shape)
                for batch in np.array_split(order, -(-len(order) // _BATCH)):
                    match[batch] = self._match(parts, rows[batch], places[candidates[batch]])
                reranked.append(Reranked(candidates, cosines, match, right))
        match_weight, cosine_weight = fit_rerank_weights(reranked)
        return {
            "before": float(np.mean([r.recall_before() for r in reranked])),
            "after": float(np.mean([r.recall_at_1(match_weight, cosine_weight) for r in reranked])),
            "alone": float(np.mean([r.recall_at_1(1.0, 0.0) for r in reranked])),
            "cosine weight": cosine_weight,
        }

    def _match(self, parts: RankParts, rows: NDArray[np.int64], places: Tensor) -> Tensor:
        """Mean logits of some captions with photos of their own [Q, C, P, place], [Q, C].

        Divided, so that the weights which are tried for probabilities fit them. The wholes, which
        this stage does not train, stay out.
        """
        found, mask = pieces(self.model, self.corpus.captions, rows)
        nothing = places.new_zeros(*places.shape[:2], 1)
        photos = Tokens(places, nothing, nothing)
        texts = Tokens(parts.text_tokens(found)[:, None], nothing[0, 0], nothing[0, 0])
        evidence, _ = parts.ranker.evidence(photos, texts, mask[:, None])
        return parts.ranker.logits(evidence.float()).mean(-1).cpu() / _LOGITS_A_UNIT
