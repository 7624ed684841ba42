"""The released R2D2 and PRD2 checkpoints (https://github.com/yuxie11/R2D2)."""

from pathlib import Path

import torch
from torch import Tensor, nn

from r2d2.convert.checkpoint import Checkpoint, Config, ConversionError, read_checkpoint
from r2d2.convert.converted import CLIP_MEAN, CLIP_STD, Converted, id_from
from r2d2.convert.layers import BertEncoder, key_bias
from r2d2.convert.text import BertTextEncoder, read_bert
from r2d2.convert.tokenizers import wordpiece_tokenizer
from r2d2.convert.vision import (
    ImageEncoder,
    image_size,
    patch_shape,
    read_linear,
    read_vision_tower,
)
from r2d2.export.manifest import Description, ImageInput, Rerank, TextInput, Tokens

MAX_TOKENS = 64
JOINT_EPS = 1e-12
UNUSED = (
    r".*\.position_ids",
    r"visual_encoder\.post_layernorm\..*",
    r"text_encoder\.pooler\..*",
    r"(text|img)_joint_layer\.embeddings\..*",
    *("optimizer", "epoch", "config"),
)
"""What the release holds and no result depends on."""


class Ranker(nn.Module):
    """Both joint encoders with their match heads."""

    def __init__(
        self,
        text_joint: BertEncoder,
        image_joint: BertEncoder,
        image_projection: nn.Linear,
        text_head: nn.Linear,
        image_head: nn.Linear,
    ) -> None:
        super().__init__()
        self.text_joint = text_joint
        self.image_joint = image_joint
        self.image_projection = image_projection
        self.text_head = text_head
        self.image_head = image_head

    def forward(
        self, image_tokens: Tensor, text_tokens: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """[N, P, Wi], [N, L, Wt], [N, L] → match probability [N], attention, both heads' [N, 2].

        The attention [N, L, P] is that of the last text-side layer, averaged over its heads.
        """
        bias = key_bias(attention_mask)
        text, weights = self.text_joint(text_tokens, bias, image_tokens, None)
        image, _ = self.image_joint(self.image_projection(image_tokens), None, text_tokens, bias)
        probabilities = torch.stack(
            [
                self.text_head(text[:, 0]).softmax(-1)[:, 1],
                self.image_head(image[:, 0]).softmax(-1)[:, 1],
            ],
            dim=-1,
        )
        return probabilities.mean(-1), weights.mean(1), probabilities


def read_r2d2(path: Path, config_folder: Path) -> Converted:
    """Read a checkpoint; `config_folder` holds `hfl_roberta/` and `r2d2_config/`.

    A file without a single joint tensor is a dual encoder (PRD2).
    """
    checkpoint = read_checkpoint(path, weights_under="model")
    roberta, r2d2_config = config_folder / "hfl_roberta", config_folder / "r2d2_config"
    for folder in (roberta, r2d2_config):
        if not folder.is_dir():
            raise ConversionError(f"{config_folder} has no folder {folder.name}")

    tower = read_vision_tower(
        checkpoint, "visual_encoder.", _vision_config(checkpoint, r2d2_config)
    )
    tokens, vision_width = tower.embeddings.position_embedding.weight.shape
    bert = read_bert(checkpoint, "text_encoder.", Config.read(roberta / "config.json"))
    vocabulary, text_width = bert.embeddings.word_embeddings.weight.shape
    vision_projection = read_linear(checkpoint, "vision_proj", vision_width)
    text_projection = read_linear(checkpoint, "text_proj", text_width)
    dimensions = vision_projection.out_features
    if text_projection.out_features != dimensions:
        raise ConversionError(
            f"{path}: vision_proj makes {dimensions} values, text_proj "
            f"{text_projection.out_features}"
        )
    temperature = checkpoint.scalar("temp")
    if temperature <= 0:
        raise ConversionError(f"{path}: temp is {temperature}, and cosines are divided by it")
    tokenizer = wordpiece_tokenizer(roberta)
    if tokenizer.get_vocab_size() > vocabulary:
        raise ConversionError(
            f"{roberta / 'vocab.txt'} has {tokenizer.get_vocab_size()} pieces, but the weights "
            f"have {vocabulary}"
        )

    joint = ("text_joint_layer.encoder.", "img_joint_layer.encoder.", "img_joint_proj.", "itm_head")
    dual = not any(checkpoint.has(prefix) for prefix in joint)
    ranker = None if dual else _read_ranker(checkpoint, r2d2_config, vision_width, text_width)
    name = "PRD2" if dual else "R2D2"
    about = Description(
        id=id_from(f"{name.lower()}-{path.stem}", name),
        version=None,
        name=f"{name} {path.stem}",
        description=f"Released {name} checkpoint of a Chinese photo and text model.",
        license="Terms of the R2D2 release",
        source=f"{path.name}, converted from the checkpoint that the authors of R2D2 released",
        languages=("zh",),
        image=ImageInput(image_size(checkpoint, "visual_encoder."), CLIP_MEAN, CLIP_STD),
        text=TextInput(min(MAX_TOKENS, bert.embeddings.position_embeddings.num_embeddings)),
        dimensions=dimensions,
        logit_scale=1 / temperature,
        tokens=Tokens(tokens, vision_width, text_width),
        rerank=Rerank(0 if dual else _candidates(checkpoint)),
    )
    return Converted(
        image_encoder=ImageEncoder(tower, vision_projection),
        text_encoder=BertTextEncoder(bert, text_projection),
        ranker=ranker,
        tokenizer=tokenizer,
        about=about,
        ignored=checkpoint.unused(UNUSED),
    )


def _vision_config(checkpoint: Checkpoint, folder: Path) -> Config:
    """The vision configuration that fits: the release has one file for each size of tower."""
    paths = [folder / "vision_config.json", folder / "vision_config_base.json"]
    configs = [Config.read(path).part("vision_config") for path in paths if path.is_file()]
    if not configs:
        raise ConversionError(f"{paths[0]} is missing")
    width, _ = patch_shape(checkpoint, "visual_encoder.")
    fitting = [config for config in configs if config.values.get("hidden_size") == width]
    return (fitting or configs)[0]


def _read_ranker(
    checkpoint: Checkpoint, folder: Path, vision_width: int, text_width: int
) -> Ranker:
    # Its num_hidden_layers and encoder_width are not what the release uses.
    config = Config.read(folder / "bert_config.json")
    config.expect("text_encoder", hidden_size=text_width)
    config.choose("hidden_act", "gelu")
    # Both sides have the same depth in every release, so that a shorter one lacks layers.
    depths = [checkpoint.layers(f"{side}_joint_layer.encoder.layer.") for side in ("text", "img")]
    if depths[0] != depths[1]:
        raise ConversionError(
            f"{checkpoint.path}: text_joint_layer has {depths[0]} layers, img_joint_layer "
            f"{depths[1]}"
        )

    def read_joint(name: str, memory_width: int) -> BertEncoder:
        prefix = f"{name}.encoder."
        mlp = f"{prefix}layer.0.intermediate.dense.weight"
        inner, _ = checkpoint.matrix(mlp)
        config.expect(mlp, intermediate_size=inner)
        with torch.device("meta"):
            encoder = BertEncoder(
                depths[0],
                text_width,
                config.heads(text_width),
                inner,
                config.number("layer_norm_eps", JOINT_EPS),
                memory_width,
            )
        checkpoint.fill(encoder, prefix)
        return encoder

    return Ranker(
        text_joint=read_joint("text_joint_layer", vision_width),
        image_joint=read_joint("img_joint_layer", text_width),
        image_projection=read_linear(checkpoint, "img_joint_proj", vision_width, text_width),
        text_head=read_linear(checkpoint, "itm_head", text_width, 2),
        image_head=read_linear(checkpoint, "itm_head_i", text_width, 2),
    )


def _candidates(checkpoint: Checkpoint) -> int:
    """How many photos a retrieval checkpoint re-ranks; 64 where it does not say."""
    config = checkpoint.extra.get("config")
    top_k = config.get("top_k") if isinstance(config, dict) else None
    return top_k if isinstance(top_k, int) and top_k > 0 else 64
