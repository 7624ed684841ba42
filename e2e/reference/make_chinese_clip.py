"""Makes a small random Chinese-CLIP as the hub holds such models for browsers: one ONNX file.

    modelling/.venv/bin/python e2e/reference/make_chinese_clip.py OUT

Writes OUT/onnx/model.onnx (both towers in one graph, ids in int64), OUT/onnx/model_quantized.onnx
(8-bit integers), OUT/onnx/model_fp16.onnx (computes in float16), OUT/onnx/model_dynamo.onnx (by the
newer exporter of PyTorch, which names and folds in another way, and with embeddings of any length)
and, beside that folder, tokenizer.json, config.json and preprocessor_config.json.
e2e/fixtures/chinese-clip was made with this.
"""

import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16
from transformers import ChineseCLIPConfig, ChineseCLIPModel

from r2d2.convert.tokenizers import wordpiece_tokenizer

WORDS = ["dog", "cat", "snow", "beach", "coffee", "mountain", "the", "a", "in", "on", "of"]
CHARACTERS = "一只张个的在上下里雪地狗猫海边日落咖啡山水船长城照片人红黑白"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(CHARACTERS), *WORDS, "##s"]
INPUTS = ("input_ids", "pixel_values", "attention_mask")
OUTPUTS = ("logits_per_image", "logits_per_text", "text_embeds", "image_embeds")
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


class Whole(torch.nn.Module):
    """Both towers behind the hub's names; `stretch` undoes the unit length of embeddings."""

    def __init__(self, model: ChineseCLIPModel, stretch: float) -> None:
        super().__init__()
        self.model = model
        self.stretch = stretch

    def forward(
        self, input_ids: torch.Tensor, pixel_values: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Ids and mask [T, L], pixels [N, 3, S, S] → the tensors of OUTPUTS."""
        made = self.model(
            input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask
        )
        logits = (made["logits_per_image"], made["logits_per_text"])
        if self.stretch == 1:
            return *logits, made["text_embeds"], made["image_embeds"]
        return *logits, made["text_embeds"] * self.stretch, made["image_embeds"] * self.stretch


def random_model() -> ChineseCLIPModel:
    """Random weights, wide enough apart that different inputs get clearly different outputs."""
    config = ChineseCLIPConfig(
        vision_config={
            "hidden_size": 24,
            "num_hidden_layers": 2,
            "num_attention_heads": 3,
            "intermediate_size": 48,
            "image_size": 32,
            "patch_size": 8,
        },
        text_config={
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "vocab_size": len(PIECES),
            "max_position_embeddings": 64,
        },
        projection_dim=20,
        attn_implementation="eager",
    )
    torch.manual_seed(0)
    model = ChineseCLIPModel(config).eval()
    for name, parameter in model.named_parameters():
        scales = "norm" in name.lower() and name.endswith("weight")
        if name != "logit_scale":
            torch.nn.init.normal_(parameter, mean=float(scales), std=0.2)
    return model


def export(model: ChineseCLIPModel, path: Path, dynamo: bool) -> None:
    """Write one graph with both towers."""
    ids = torch.ones(2, 5, dtype=torch.int64)
    example = (ids, torch.zeros(3, 3, 32, 32), torch.ones_like(ids))
    axes = {
        "input_ids": {0: "text_batch_size", 1: "sequence_length"},
        "pixel_values": {0: "image_batch_size"},
        "attention_mask": {0: "text_batch_size", 1: "sequence_length"},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole(model, 3.0 if dynamo else 1.0),
            example,
            path,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            opset_version=18 if dynamo else 14,
            dynamo=dynamo,
            **({"dynamic_shapes": tuple(axes.values())} if dynamo else {"dynamic_axes": axes}),
            **({"external_data": False} if dynamo else {}),
        )
    graph = onnx.load(path)
    for node in graph.graph.node:
        # Where in the Python code a node comes from: more bytes than everything else.
        del node.metadata_props[:]
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def main(out: Path) -> None:
    """Write every file."""
    model = random_model()
    export(model, out / "onnx/model.onnx", dynamo=False)
    export(model, out / "onnx/model_dynamo.onnx", dynamo=True)
    quantize_dynamic(
        out / "onnx/model.onnx",
        out / "onnx/model_quantized.onnx",
        weight_type=QuantType.QUInt8,
        extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True},
    )
    half = convert_float_to_float16(onnx.load(out / "onnx/model.onnx"), keep_io_types=True)
    onnx.save(half, out / "onnx/model_fp16.onnx")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
        wordpiece_tokenizer(Path(folder)).save(str(out / "tokenizer.json"))
    model.config.save_pretrained(out)
    values = {"image_mean": MEAN, "image_std": STD, "size": {"height": 32, "width": 32}}
    text = json.dumps(values, indent=2) + "\n"
    (out / "preprocessor_config.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
