import math
from dataclasses import replace

import torch
from synthetic import CONFIG, tiny_corpus
from torch.nn import functional as F

from r2d2.architecture import ExpertConfig
from r2d2.architecture.hubness import LEAST, Hubness
from r2d2.export.tiny import tiny_model
from r2d2.training.hubness import find_anchors, fit_hubness


def test_a_photo_that_is_near_to_every_text_is_the_hub() -> None:
    generator = torch.Generator().manual_seed(0)
    texts = F.normalize(torch.randn(400, 12, generator=generator) + 1.0, dim=1)
    anchors, shares = find_anchors(texts, 40, generator)
    hubness = Hubness((12,), 40, sharpness=15.0)
    hubness.anchors[0].copy_(anchors)
    hubness.shares[0] = shares
    photos = torch.cat((F.normalize(texts.mean(0, keepdim=True), dim=1), texts[:20]))
    found = hubness.raw(photos)[:, 0]
    exact = torch.logsumexp(15 * photos @ texts.T - math.log(len(texts)), 1) / 15
    assert found.argmax() == exact.argmax() == 0
    assert torch.corrcoef(torch.stack((found, exact)))[0, 1] > 0.8


def test_anchors_stand_for_all_texts() -> None:
    generator = torch.Generator().manual_seed(0)
    kinds = F.normalize(torch.randn(3, 8, generator=generator), dim=1)
    anchors, shares = find_anchors(kinds[torch.tensor([0, 0, 0, 1, 2])], 2, generator)
    torch.testing.assert_close(shares.sum(), torch.tensor(1.0))
    torch.testing.assert_close(anchors.norm(dim=1), torch.ones(2))
    few, shares = find_anchors(kinds, 5, generator)
    assert few.shape == (5, 8)
    torch.testing.assert_close(shares[3:], torch.zeros(2))


@torch.inference_mode()
def test_the_ranker_takes_hubness_off_as_each_text_weighs_its_experts() -> None:
    config = replace(CONFIG, experts=(ExpertConfig(12, 32, 32), ExpertConfig(8, 32, 32)))
    corpus, data, _ = tiny_corpus()
    model = tiny_model(config)
    fit_hubness(model, corpus, data, seed=0)
    ids = torch.randint(4, 80, (3, 9), dtype=torch.int32)
    mask = torch.ones_like(ids)
    texts, text_tokens = model.text_encoder(ids, mask)
    photos, image_tokens = model.image_encoder(torch.randn(3, 3, 32, 32))
    ranker, hubness = model.ranker, model.image_encoder.hubness
    evidence, _ = ranker.evidence(
        ranker.split_image(image_tokens), ranker.split_text(text_tokens), mask
    )
    shares = torch.stack([part.norm(dim=1) for part in texts.split([12, 8], 1)], 1)
    taken = (shares * hubness(photos)).sum(1)
    torch.testing.assert_close(evidence[:, 2], (texts * photos).sum(1))
    torch.testing.assert_close(evidence[:, 3], -taken)
    embeddings = model.image_encoder.embedding_head(data.photos[0])
    # In spreads again; up to rounding.
    known = hubness(embeddings) * math.sqrt(2) / hubness.spread
    assert known.min() >= LEAST - 1e-6
    above = known > LEAST + 1e-6
    expected = (hubness.raw(embeddings) - hubness.centre) / hubness.spread
    torch.testing.assert_close(known[above], expected[above])
    torch.testing.assert_close(expected.std(0), torch.ones(2), atol=0.05, rtol=0)
