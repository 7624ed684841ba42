"""The whole model, and its checkpoints."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from r2d2.architecture.config import R2D2Config
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.architecture.ranker import Ranker
from r2d2.architecture.text_encoder import TextEncoder
from r2d2.errors import checkpoint_faults


class R2D2(nn.Module):
    """Dual encoder and ranker, with what turns their outputs into scores."""

    rerank_weights: Tensor
    calibration: Tensor
    none_below: Tensor

    def __init__(self, config: R2D2Config) -> None:
        super().__init__()
        self.config = config
        self.image_encoder = ImageEncoder(config)
        self.text_encoder = TextEncoder(config)
        self.ranker = Ranker(config)
        self.log_logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        # matchWeight and cosineWeight of the final score, then scale and shift of the calibrated
        # match logit; both are fitted after training, not by it.
        self.register_buffer("rerank_weights", torch.tensor([1.0, 1.0]))
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))
        # Least cosine of a label that fits.
        self.register_buffer("none_below", torch.tensor(0.0))

    @property
    def logit_scale(self) -> Tensor:
        """What cosines are multiplied with before a softmax."""
        return self.log_logit_scale.exp()


def save_checkpoint(path: Path, model: R2D2, **about: Any) -> None:
    """Writes sizes and weights, with `about` (step, metrics, seed, ...) beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save({"config": model.config.to_dict(), "state": model.state_dict(), **about}, part)
    part.replace(path)


def load_checkpoint(path: Path) -> tuple[R2D2, dict[str, Any]]:
    """The model in evaluation mode, and everything else that the checkpoint holds.

    Raises `R2D2Error` where the file is no checkpoint, or one of another version of the code.
    """
    with checkpoint_faults(path):
        values: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        model = R2D2(R2D2Config.from_dict(values.pop("config")))
        model.load_state_dict(values.pop("state"))
    return model.eval(), values
