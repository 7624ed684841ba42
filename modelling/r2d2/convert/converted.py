"""What every converter hands on to the export."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer
from torch import nn

from r2d2.export.manifest import Description

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Converted:
    """A released model in our own modules."""

    image_encoder: nn.Module
    text_encoder: nn.Module
    ranker: nn.Module | None
    tokenizer: Tokenizer
    about: Description
    ignored: Sequence[str]
    """Names of tensors in the file that no known part of the model reads."""


def id_from(name: str, family: str) -> str:
    """A model's id from the name of its file or folder, or of its family where that has none."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-") or family.lower()
