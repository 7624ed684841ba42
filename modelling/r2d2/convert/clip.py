"""Hugging Face checkpoints of Chinese-CLIP and CLIP: dual encoders without a ranker."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn

from r2d2.convert.checkpoint import Checkpoint, Config, ConversionError, read_checkpoint
from r2d2.convert.converted import CLIP_MEAN, CLIP_STD, Converted, id_from
from r2d2.convert.text import BertTextEncoder, ClipTextEncoder, read_bert, read_clip_text
from r2d2.convert.tokenizers import clip_tokenizer, wordpiece_tokenizer
from r2d2.convert.vision import (
    ImageEncoder,
    VisionTower,
    image_size,
    read_linear,
    read_vision_tower,
)
from r2d2.export.manifest import Description, ImageInput, Rerank, TextInput, Tokens, Triple

UNUSED = (r".*\.position_ids", r"text_model\.pooler\..*")
CHINESE_CLIP_TOKENS = 52
"""The length that Chinese-CLIP was trained with."""
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")


def read_chinese_clip(folder: Path) -> Converted:
    """Read a Chinese-CLIP checkpoint: a vision tower and BERT."""
    checkpoint, config = _open(folder)
    text_config = config.part("text_config")
    bert = read_bert(checkpoint, "text_model.", text_config)
    width = bert.embeddings.word_embeddings.embedding_dim
    projection = read_linear(checkpoint, "text_projection", width, bias=False)
    return _converted(
        folder,
        checkpoint,
        config,
        text_encoder=BertTextEncoder(bert, projection),
        text_width=width,
        max_tokens=min(CHINESE_CLIP_TOKENS, bert.embeddings.position_embeddings.num_embeddings),
        tokenizer=wordpiece_tokenizer(folder),
        family="Chinese-CLIP",
        language="zh",
    )


def read_clip(folder: Path) -> Converted:
    """Read a CLIP checkpoint: a vision tower and CLIP's own text transformer."""
    checkpoint, config = _open(folder)
    transformer = read_clip_text(checkpoint, "text_model.", config.part("text_config"))
    width = transformer.embeddings.token_embedding.embedding_dim
    projection = read_linear(checkpoint, "text_projection", width, bias=False)
    return _converted(
        folder,
        checkpoint,
        config,
        text_encoder=ClipTextEncoder(transformer, projection),
        text_width=width,
        max_tokens=transformer.positions,
        tokenizer=clip_tokenizer(folder),
        family="CLIP",
        language="en",
    )


def _open(folder: Path) -> tuple[Checkpoint, Config]:
    paths = [folder / name for name in WEIGHT_FILES if (folder / name).is_file()]
    if not paths:
        raise ConversionError(f"{folder} has neither {' nor '.join(WEIGHT_FILES)}")
    return read_checkpoint(paths[0]), Config.read(folder / "config.json")


def _converted(
    folder: Path,
    checkpoint: Checkpoint,
    config: Config,
    *,
    text_encoder: BertTextEncoder | ClipTextEncoder,
    text_width: int,
    max_tokens: int,
    tokenizer: Tokenizer,
    family: str,
    language: str,
) -> Converted:
    tower = read_vision_tower(checkpoint, "vision_model.", config.part("vision_config"))
    tokens, width = tower.embeddings.position_embedding.weight.shape
    size = image_size(checkpoint, "vision_model.")
    projection = read_linear(checkpoint, "visual_projection", width, bias=False)
    dimensions = projection.out_features
    if text_encoder.projection.out_features != dimensions:
        raise ConversionError(
            f"{checkpoint.path}: visual_projection makes {dimensions} values, text_projection "
            f"{text_encoder.projection.out_features}"
        )
    mean, std = _normalization(folder)
    # "." and ".." are names that say nothing.
    name = folder.resolve().name or family
    about = Description(
        id=id_from(name, family),
        version=None,
        name=name,
        description=f"{family} checkpoint: a dual encoder, which does not re-rank.",
        license="Terms of the checkpoint",
        source=f"{name}, converted from a Hugging Face checkpoint",
        languages=(language,),
        image=ImageInput(size, mean, std),
        text=TextInput(max_tokens),
        dimensions=dimensions,
        logit_scale=float(torch.tensor(checkpoint.scalar("logit_scale")).exp()),
        tokens=Tokens(tokens, width, text_width),
        rerank=Rerank(0),
    )
    return Converted(
        image_encoder=ImageEncoder(tower, projection, _post_norm(checkpoint, tower, config)),
        text_encoder=text_encoder,
        ranker=None,
        tokenizer=tokenizer,
        about=about,
        ignored=checkpoint.unused(UNUSED),
    )


def _post_norm(checkpoint: Checkpoint, tower: VisionTower, config: Config) -> nn.LayerNorm:
    with torch.device("meta"):
        norm = nn.LayerNorm(
            tower.embeddings.position_embedding.embedding_dim,
            eps=config.part("vision_config").number("layer_norm_eps", 1e-5),
        )
    checkpoint.fill(norm, "vision_model.post_layernorm.")
    return norm


def _normalization(folder: Path) -> tuple[Triple, Triple]:
    """Mean and deviation of the pixels, from preprocessor_config.json where there is one."""
    path = folder / "preprocessor_config.json"
    values = Config.read(path).values if path.is_file() else {}

    def triple(name: str, default: Triple) -> Triple:
        given = values.get(name, default)
        if not isinstance(given, (list, tuple)) or len(given) != 3:
            raise ConversionError(f"{path}: {name} is no list of three numbers")
        return float(given[0]), float(given[1]), float(given[2])

    return triple("image_mean", CLIP_MEAN), triple("image_std", CLIP_STD)
