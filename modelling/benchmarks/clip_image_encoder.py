"""The image encoder of CLIP ViT-B/32 with random weights, as a yardstick for speed.

    modelling/.venv/bin/python modelling/benchmarks/clip_image_encoder.py FOLDER

Writes a package of this one graph, in 8 bits for the processor, 89 MB. How long a photo takes does
not depend on the weights. `npm run bench:encode` calls this when it runs for the first time.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from r2d2.convert.converted import CLIP_MEAN, CLIP_STD
from r2d2.convert.vision import ImageEncoder, VisionTower
from r2d2.export.manifest import Description, ImageInput, Rerank, TextInput, Tokens
from r2d2.export.quantize import wasm_int8
from r2d2.export.roles import trace_image_encoder
from r2d2.export.writer import PackageWriter

SIZE, PATCH, WIDTH, DIMENSIONS = 224, 32, 768, 512
TOKENS = 1 + (SIZE // PATCH) ** 2


def clip_image_encoder() -> ImageEncoder:
    """The sizes of Radford et al., Learning Transferable Visual Models, table 20."""
    tower = VisionTower(
        width=WIDTH,
        patch=PATCH,
        tokens=TOKENS,
        layers=12,
        heads=12,
        inner=4 * WIDTH,
        act="quick_gelu",
        eps=1e-5,
    )
    nn.init.normal_(tower.embeddings.class_embedding)
    return ImageEncoder(tower, nn.Linear(WIDTH, DIMENSIONS, bias=False), nn.LayerNorm(WIDTH))


def main(out: Path) -> None:
    """Write the package."""
    torch.manual_seed(0)
    image = ImageInput(SIZE, CLIP_MEAN, CLIP_STD)
    with torch.no_grad(), PackageWriter(out) as writer:
        graph = wasm_int8(trace_image_encoder(clip_image_encoder(), image))
        writer.add_graph(
            "imageEncoder", ("wasm",), graph, writer.weight_files("imageEncoder", "int8")
        )
        writer.write_manifest(
            Description(
                id="clip-vit-b32-random",
                version="1",
                name="CLIP ViT-B/32, random",
                description="An image encoder to compare times with.",
                license="Apache-2.0",
                source="Random weights",
                image=image,
                text=TextInput(0),
                dimensions=DIMENSIONS,
                logit_scale=1.0,
                tokens=Tokens(TOKENS, WIDTH, 0),
                rerank=Rerank(0),
            )
        )
        writer.finish()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
