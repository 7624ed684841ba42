"""A look at the ranker after every epoch: R@1 of a few validation captions."""

from __future__ import annotations

import numpy as np
import torch

from r2d2.architecture import R2D2
from r2d2.data.corpus import Corpus
from r2d2.evaluation.reranking import CANDIDATES, Reranked
from r2d2.training.calibrate import fit_rerank_weights
from r2d2.training.features import necks, pooled_features
from r2d2.training.rank import RankParts

_QUERIES = 250
_BATCH = 25


class RankWatch:
    """Callable on the parts in training; keeps the candidates, which do not change."""

    def __init__(self, model: R2D2, corpus: Corpus, seed: int = 0) -> None:
        self.model, self.corpus = model, corpus
        rng = np.random.default_rng(seed)
        with torch.inference_mode():
            pooled = pooled_features(corpus.val.features, model.image_encoder.backbone)[0]
            photos = model.image_encoder.embedding_head(pooled)
            self.queries = []
            for table in corpus.val.sources:
                right = rng.permutation(len(photos))[:_QUERIES]
                rows = table.rows[right, rng.integers(0, table.rows.shape[1], len(right))]
                pooled_texts = torch.from_numpy(corpus.captions.pooled[rows])
                texts = model.text_encoder.embedding_head(pooled_texts)
                top = (texts @ photos.T).topk(CANDIDATES)
                self.queries.append((rows, torch.from_numpy(right), top.indices, top.values))

    @torch.inference_mode()
    def __call__(self, parts: RankParts) -> dict[str, float]:
        """Mean R@1 over the sources, before and after re-ranking with the best weights."""
        view = self.corpus.val.features.views[0]
        reranked = []
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features = self.model.image_encoder.backbone.features(necks(view, np.arange(len(view))))
            image_tokens = parts.image_tokens(features)
            for rows, right, candidates, cosines in self.queries:
                matches = []
                for start in range(0, len(rows), _BATCH):
                    hidden, mask = self.corpus.captions.batch(rows[start : start + _BATCH])
                    matches.append(
                        parts.ranker(
                            image_tokens[candidates[start : start + _BATCH].flatten()],
                            parts.text_tokens(hidden).repeat_interleave(CANDIDATES, 0),
                            mask.repeat_interleave(CANDIDATES, 0),
                        )[0]
                        .float()
                        .view(-1, CANDIDATES)
                    )
                reranked.append(Reranked(candidates, cosines, torch.cat(matches), right))
        match_weight, cosine_weight = fit_rerank_weights(reranked)
        return {
            "before": float(np.mean([r.recall_before() for r in reranked])),
            "after": float(np.mean([r.recall_at_1(match_weight, cosine_weight) for r in reranked])),
            "alone": float(np.mean([r.recall_at_1(1.0, 0.0) for r in reranked])),
            "cosine weight": cosine_weight,
        }
