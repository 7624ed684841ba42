from pathlib import Path

import pytest
import torch

from r2d2.architecture import R2D2Config
from r2d2.architecture.model import load_checkpoint, save_checkpoint
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
    assert text_tokens.shape == (3, 9, CONFIG.text.token_width)
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
    photo = torch.randn(1, CONFIG.image.token_count, CONFIG.image.token_width)
    with_padding, _, _ = model.ranker(photo, padded_tokens[1:2], mask[1:2])
    without, _, _ = model.ranker(photo, alone_tokens, mask[1:2, :5])
    torch.testing.assert_close(with_padding, without)


@torch.inference_mode()
def test_the_ranker_gives_probabilities_and_attention_that_sums_to_one() -> None:
    model = tiny_model(CONFIG)
    ids, mask = batch()
    _, text_tokens = model.text_encoder(ids, mask)
    photos = torch.randn(3, CONFIG.image.token_count, CONFIG.image.token_width)
    probability, attention, heads = model.ranker(photos, text_tokens, mask)
    assert ((probability > 0) & (probability < 1)).all()
    torch.testing.assert_close(heads.mean(1), probability)
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 9))


@torch.inference_mode()
def test_late_interaction_of_all_pairs_is_that_of_each_pair() -> None:
    ranker = tiny_model(CONFIG).ranker
    # A closed gate leaves late interaction alone.
    for side in (ranker.text_side, ranker.image_side):
        side.match_head.weight.zero_()
        side.match_head.bias.zero_()
    _, mask = batch()
    photos = torch.randn(2, CONFIG.image.token_count, CONFIG.image.token_width)
    texts = torch.randn(3, 9, CONFIG.text.token_width)
    matrix = ranker.late_logits(photos, texts, mask)
    for photo in range(2):
        same = photos[photo].expand(3, -1, -1)
        pairs, _ = ranker.match_logits(same, texts, mask)
        torch.testing.assert_close(matrix[:, :, photo].T, pairs)


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
