from pathlib import Path

import pytest
import torch

from r2d2.architecture import R2D2Config
from r2d2.architecture.late_interaction import soft_maximum
from r2d2.architecture.model import load_checkpoint, save_checkpoint
from r2d2.architecture.ranker import Tokens
from r2d2.errors import R2D2Error
from r2d2.export.tiny import tiny_config, tiny_model

CONFIG = tiny_config(vocabulary=80)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.randint(4, 80, (3, 9), dtype=torch.int32)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    return ids, mask


@torch.inference_mode()
def test_encoders_give_unit_embeddings_and_a_token_a_cell_and_a_piece() -> None:
    model = tiny_model(CONFIG)
    ids, mask = batch()
    image, image_tokens = model.image_encoder(torch.randn(2, 3, 32, 32))
    text, text_tokens = model.text_encoder(ids, mask)
    assert image_tokens.shape == (2, CONFIG.image.token_count, CONFIG.image.token_width)
    assert text_tokens.shape == (3, 9, CONFIG.text_token_width)
    torch.testing.assert_close(image.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(text.norm(dim=1), torch.ones(3))


@torch.inference_mode()
def test_padding_changes_nothing() -> None:
    model = tiny_model(CONFIG)
    ids, mask = batch()
    padded, padded_tokens = model.text_encoder(ids, mask)
    alone, alone_tokens = model.text_encoder(ids[1:2, :5], mask[1:2, :5])
    torch.testing.assert_close(padded[1:2], alone)
    torch.testing.assert_close(padded_tokens[1:2, :5], alone_tokens)
    _, photo = model.image_encoder(torch.randn(1, 3, 32, 32))
    with_padding, _, _ = model.ranker(photo, padded_tokens[1:2], mask[1:2])
    without, _, _ = model.ranker(photo, alone_tokens, mask[1:2, :5])
    torch.testing.assert_close(with_padding, without)


@torch.inference_mode()
def test_the_ranker_gives_probabilities_and_attention_that_sums_to_one() -> None:
    model = tiny_model(CONFIG)
    ids, mask = batch()
    _, text_tokens = model.text_encoder(ids, mask)
    _, photos = model.image_encoder(torch.randn(3, 3, 32, 32))
    probability, attention, heads = model.ranker(photos, text_tokens, mask)
    assert ((probability > 0) & (probability < 1)).all()
    torch.testing.assert_close(heads.mean(1), probability)
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 9))


@torch.inference_mode()
def test_tokens_carry_the_embeddings() -> None:
    model = tiny_model(CONFIG)
    ids, mask = batch()
    text, text_tokens = model.text_encoder(ids, mask)
    image, image_tokens = model.image_encoder(torch.randn(3, 3, 32, 32))
    assert image_tokens.shape[2] == CONFIG.image.token_width
    assert text_tokens.shape[2] == CONFIG.text_token_width
    for embedding, tokens in (
        (image, model.ranker.split_image(image_tokens)),
        (text, model.ranker.split_text(text_tokens)),
    ):
        assert tokens.places.shape[2] == CONFIG.place_width
        assert tokens.experts.shape == (3, len(CONFIG.experts))
        torch.testing.assert_close(tokens.embedding, embedding)
    # Slices are stored in 8 bits with the places, so they have a like size.
    slices = image_tokens[:, :, CONFIG.place_width :]
    assert 0.5 < float(slices.std()) < 2


@torch.inference_mode()
def test_a_soft_maximum_lies_between_mean_and_maximum() -> None:
    similarity = torch.tensor([[0.1, 0.9, 0.3, -0.5]])
    found, attention = soft_maximum(similarity, 10.0)
    assert similarity.mean() < found < similarity.max()
    assert attention.argmax() == 1
    mask = torch.tensor([[1.0, 0.0, 1.0, 1.0]])
    hidden, without = soft_maximum(similarity, 10.0, mask)
    torch.testing.assert_close(hidden, soft_maximum(similarity[:, [0, 2, 3]], 10.0)[0])
    assert without[0, 1] == 0


def test_late_interaction_of_all_pairs_is_that_of_each_pair() -> None:
    ranker = tiny_model(CONFIG).ranker
    _, mask = batch()
    width = CONFIG.place_width
    photos = torch.randn(2, CONFIG.image.token_count, width, requires_grad=True)
    texts = torch.randn(3, 9, width, requires_grad=True)
    matrix = ranker.late_logits(photos, texts, mask)
    evidence, _ = ranker.evidence(
        Tokens(photos[None], torch.zeros(3, 2, 1), torch.zeros(3, 2, 1)),
        Tokens(texts[:, None], torch.zeros(1), torch.zeros(1)),
        mask[:, None],
    )
    pairs = ranker.logits(evidence).permute(2, 0, 1)
    # The matrix is made in bfloat16.
    torch.testing.assert_close(matrix, pairs, atol=0.1, rtol=0.02)
    weights = torch.randn(matrix.shape)
    for ours, expected in zip(
        torch.autograd.grad((matrix * weights).sum(), (photos, texts)),
        torch.autograd.grad((pairs * weights).sum(), (photos, texts)),
        strict=True,
    ):
        assert (ours - expected).norm() < 0.03 * expected.norm()


@torch.inference_mode()
def test_the_ranker_reads_how_short_a_text_is() -> None:
    ranker = tiny_model(CONFIG).ranker
    photos = Tokens(torch.randn(2, 4, CONFIG.place_width), torch.zeros(2, 1), torch.zeros(2, 1))
    texts = Tokens(torch.randn(2, 6, CONFIG.place_width), torch.zeros(2, 1), torch.zeros(2, 1))
    mask = torch.tensor([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1]])
    evidence, _ = ranker.evidence(photos, texts, mask)
    torch.testing.assert_close(evidence[:, 4], torch.tensor([1 / 3, 1 / 6]))
    # What is said of a sentence alone weighs alike on both sides.
    before = ranker.logits(evidence)
    for side in (ranker.text_side, ranker.image_side):
        side.whole_scales[2] += 6.0
    gained = ranker.logits(evidence) - before
    torch.testing.assert_close(gained, torch.tensor([[2.0, 2.0], [1.0, 1.0]]))


def test_a_checkpoint_keeps_sizes_weights_and_what_is_said_about_it(tmp_path: Path) -> None:
    model = tiny_model(CONFIG)
    save_checkpoint(tmp_path / "checkpoint.pt", model, seed=7)
    again, about = load_checkpoint(tmp_path / "checkpoint.pt")
    assert again.config == CONFIG
    assert about == {"seed": 7}
    for name, value in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value)


def test_an_unknown_size_is_an_error() -> None:
    values = CONFIG.to_dict()
    values["text"]["depth"] = 3
    with pytest.raises(TypeError, match="depth"):
        R2D2Config.from_dict(values)


def test_what_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    for content in (b"no checkpoint", b""):
        path.write_bytes(content)
        with pytest.raises(R2D2Error, match=r"checkpoint\.pt does not fit.*: it is empty or no"):
            load_checkpoint(path)
    torch.save(torch.zeros(2), path)
    with pytest.raises(R2D2Error, match=r"checkpoint\.pt does not fit"):
        load_checkpoint(path)
    torch.save({"config": {}, "state": {}}, path)
    with pytest.raises(R2D2Error, match=r"checkpoint\.pt does not fit"):
        load_checkpoint(path)
