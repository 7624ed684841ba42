"""A tiny random model as a package: real graphs of the real architecture, for tests."""

from pathlib import Path

import click
import torch
from tokenizers import Tokenizer
from torch import nn

from r2d2.architecture import R2D2, ExpertConfig, ImageConfig, R2D2Config, Stage, TextConfig
from r2d2.architecture.captioner import Captioner, CaptionerConfig, TrainedCaptioner
from r2d2.data.caption_vocabulary import (
    END,
    START_TOKENS,
    UNWRITTEN,
    build_caption_tokenizer,
)
from r2d2.data.vocabulary import SPECIAL, build_tokenizer

PIECES = """
▁query: ▁雪地 里的 一只 一个 一张 照片 的照片 男子 女孩 孩子 冲浪 海滩 日落 骑车 雪山 红色
黑色 雪 地 里 的 狗 猫 人 男 女 海 山 水 花 树 车 船 天 空 日 夜 红 黑 白 蓝 绿 一 两 三
只 个 在 上 下 和 有 跑 跳 骑 ▁a ▁the ▁of ▁in ▁on ▁and ▁dog ▁cat ▁man ▁woman ▁girl ▁boy
▁snow ▁beach ▁photo ▁red ▁black ▁white ▁water ▁mountain ▁running ▁riding ▁bike ▁sunset ing
ed s
"""

CAPTION_PIECES = """
一只 一个 两个 男人 女孩 小狗 孩子 在 雪地 草地 海滩 水 里 上 奔跑 玩耍 。 ， ▁ ▁A ▁a ▁the ▁dog ▁man
▁girl ▁children ▁in ▁on ▁with ▁snow ▁grass ▁beach ▁red ▁shirt ▁runs ▁plays s ing . ,
"""


def tiny_config(vocabulary: int) -> R2D2Config:
    """Sizes of the tiny model: 32 pixels, a 4 x 4 grid, 16-wide tokens and embeddings."""
    return R2D2Config(
        experts=(ExpertConfig(16, 32, 32),),
        image=ImageConfig(
            size=32,
            stem_channels=16,
            stages=(Stage(1, 3, 2, 2, 16), Stage(1, 5, 2, 2, 16)),
            feature_width=32,
            token_width=16,
            anchors=8,
        ),
        text=TextConfig(
            vocabulary=vocabulary,
            max_tokens=16,
            layers=2,
            width=16,
            heads=2,
            mlp_width=32,
        ),
    )


def tiny_tokenizer() -> Tokenizer:
    """A Unigram tokenizer of some hundred Chinese and English pieces."""
    letters = "▁abcdefghijklmnopqrstuvwxyz0123456789:,.'!?，。！？"
    pieces = list(dict.fromkeys([*PIECES.split(), *letters]))
    special = [(piece, 0.0) for piece in SPECIAL]
    return build_tokenizer([*special, *((piece, -10.0 / len(piece)) for piece in pieces)])


def tiny_model(config: R2D2Config, seed: int = 0) -> R2D2:
    """Random weights, wide enough apart that different inputs get clearly different outputs."""
    torch.manual_seed(seed)
    model = R2D2(config)
    _spread(model)
    nn.init.normal_(model.text_encoder.bert.words.weight, std=2.0)
    model.none_below.fill_(0.05)
    return model.eval()


def _spread(model: nn.Module) -> None:
    for parameter in model.parameters():
        if parameter.ndim > 1:
            fan_in = parameter[0].numel()
            nn.init.normal_(parameter, std=1.5 * fan_in**-0.5)
        elif parameter.ndim and (parameter == parameter[0]).all():
            # Vectors that are equal would be one in a graph.
            parameter.data += 0.1 * torch.randn_like(parameter)


def tiny_captioner(config: R2D2Config, seed: int = 0) -> TrainedCaptioner:
    """Writes random words about a photo of the tiny model, and ends within its limit."""
    tokenizer = build_caption_tokenizer(dict.fromkeys(CAPTION_PIECES.split(), 1))
    torch.manual_seed(seed)
    captioner = Captioner(
        CaptionerConfig(
            vocabulary=tokenizer.get_vocab_size(),
            start_tokens=START_TOKENS,
            end_token=END,
            unwritten=UNWRITTEN,
            image_tokens=config.image.token_count,
            image_width=config.image.token_width,
            max_tokens=16,
            layers=2,
            width=32,
            heads=2,
            mlp_width=64,
        )
    )
    _spread(captioner)
    with torch.no_grad():
        # Each place and language wants other words, and the end grows likelier word by word.
        end = captioner.words.weight[END]
        captioner.positions.weight *= 4.0
        captioner.words.weight[list(START_TOKENS.values())] *= 8.0
        captioner.positions.weight += torch.linspace(-8, 16, 16)[:, None] * end / end.norm()
    return TrainedCaptioner(captioner.eval(), tokenizer)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the package; an older package there is replaced.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the weights.")
def tiny(out: Path, seed: int) -> None:
    """Write the package of a tiny random model, with all three variants, for tests."""
    from r2d2.export.check import table
    from r2d2.export.model import export_model
    from r2d2.export.trained import describe

    tokenizer = tiny_tokenizer()
    model = tiny_model(tiny_config(tokenizer.get_vocab_size()), seed)
    about = describe(
        model,
        id="tiny",
        version=str(seed),
        name="Tiny random model",
        description="Random weights in the shape of the default model, for tests.",
        license="Apache-2.0",
        source=f"Random weights of seed {seed}",
        candidates=8,
    )
    figures = export_model(
        model,
        tokenizer,
        about,
        out,
        captioner=tiny_captioner(model.config, seed),
        precisions=("int8", "fp32"),
    )
    click.echo(table(figures))
