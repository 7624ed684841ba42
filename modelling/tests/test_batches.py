import numpy as np
import torch
from torch import nn

from r2d2.losses.contrastive import info_nce
from r2d2.training.batches import alike_batches, random_batches
from r2d2.training.decoupling import Decoupled


def test_random_batches_are_full_and_hold_no_row_twice() -> None:
    rows = np.arange(100, 123)
    batches = random_batches(rows, 5, np.random.default_rng(0))
    drawn = np.concatenate(batches)
    assert [len(batch) for batch in batches] == [5] * 4
    assert len(set(drawn.tolist())) == 20
    assert set(drawn.tolist()) <= set(rows.tolist())


def test_alike_batches_hold_rows_of_a_kind_together() -> None:
    kinds = np.arange(64) % 8
    embeddings = torch.eye(8)[kinds] + 0.01 * torch.rand(64, 8)
    rng = np.random.default_rng(0)

    def kinds_a_batch(batches: list[np.ndarray]) -> float:
        assert len(set(np.concatenate(batches).tolist())) == 64
        return float(np.mean([len(set(kinds[batch].tolist())) for batch in batches]))

    rows = np.arange(64)
    together = kinds_a_batch(alike_batches(rows, embeddings, 8, 64, rng))
    loosely = kinds_a_batch(alike_batches(rows, embeddings, 8, 16, rng))
    assert together == 1
    assert together < loosely < kinds_a_batch(random_batches(rows, 8, rng))


def test_a_batch_in_chunks_gives_the_gradient_of_the_whole_one() -> None:
    torch.manual_seed(0)
    photos, texts = torch.randn(10, 6), torch.randn(10, 5)
    image, text = nn.Linear(6, 4), nn.Linear(5, 4)
    parameters = [*image.parameters(), *text.parameters()]

    def embed(part: slice) -> list[torch.Tensor]:
        return [image(photos[part]), text(texts[part])]

    def gradients() -> list[torch.Tensor]:
        taken = [p.grad.clone() for p in parameters if p.grad is not None]
        for parameter in parameters:
            parameter.grad = None
        return taken

    whole = embed(slice(None))
    info_nce(whole[0] @ whole[1].T).backward()
    expected = gradients()
    decoupled = Decoupled(embed, 10, 4)
    info_nce(decoupled.sides[0] @ decoupled.sides[1].T).backward()
    assert not gradients()
    decoupled.backward()
    for ours, wanted in zip(gradients(), expected, strict=True):
        torch.testing.assert_close(ours, wanted)


def test_dropout_hides_the_same_values_when_a_chunk_is_embedded_again() -> None:
    dropout, weight = nn.Dropout(0.5), torch.ones(8, 3, requires_grad=True)
    decoupled = Decoupled(lambda part: [dropout(weight[part])], 8, 3)
    decoupled.sides[0].sum().backward()
    decoupled.backward()
    torch.testing.assert_close(weight.grad, decoupled.sides[0].detach())
