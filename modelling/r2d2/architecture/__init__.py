"""The R2D2 architecture in small: two encoders and a ranker of two cross encoders."""

from r2d2.architecture.config import (
    ExpertConfig,
    ImageConfig,
    R2D2Config,
    RankerConfig,
    Stage,
    TextConfig,
)
from r2d2.architecture.image_encoder import ImageEncoder
from r2d2.architecture.model import R2D2
from r2d2.architecture.ranker import Ranker
from r2d2.architecture.text_encoder import TextEncoder

__all__ = [
    "R2D2",
    "ExpertConfig",
    "ImageConfig",
    "ImageEncoder",
    "R2D2Config",
    "Ranker",
    "RankerConfig",
    "Stage",
    "TextConfig",
    "TextEncoder",
]
