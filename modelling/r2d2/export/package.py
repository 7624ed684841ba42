"""Opens a model package in Python, as the app opens it in the browser."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from r2d2.export.manifest import FORMAT, FileEntry, GraphEntry
from r2d2.export.writer import PackageError
from r2d2.tokenizer import read_tokenizer

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ImageEncodings:
    """Embeddings [N, D] of unit length and tokens [N, P, Wi] of N photos."""

    embeddings: Floats
    tokens: Floats


@dataclass(frozen=True)
class TextEncodings:
    """Embeddings [N, D] of unit length of N sentences, and the tokens [L, Wt] of each."""

    embeddings: Floats
    tokens: list[Floats]


@dataclass(frozen=True)
class Ranking:
    """The ranker's answer for one sentence and N photos."""

    match_probabilities: Floats
    """[N]"""
    attention: Floats
    """Where each text token looks: [N, L, P], rows sum to 1."""
    head_probabilities: Floats | None
    """Text side, then image side: [N, 2]."""


class Package:
    """A package whose files are checked and whose graphs open on first use.

    `variant` is `wasm`, `webgpu` or `fp32`; a role without it takes `fp32`, as in the app. Raises
    PackageError where the folder is no package, a file is missing or its checksum is wrong.
    """

    def __init__(self, folder: Path, variant: str = "wasm", threads: int = 0) -> None:
        self.folder = folder
        self.variant = variant
        self.threads = threads
        try:
            self.manifest: dict[str, Any] = json.loads(
                (folder / "manifest.json").read_text(encoding="utf-8")
            )
        except (OSError, ValueError) as error:
            raise PackageError(f"{folder} is no model package: {error}") from error
        if self.manifest.get("format") != FORMAT:
            raise PackageError(f"{folder} has format {self.manifest.get('format')}, not {FORMAT}")
        self.sessions: dict[str, onnxruntime.InferenceSession] = {}
        text = self.manifest["text"]
        self.tokenizer = read_tokenizer(folder / text["tokenizer"])
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(text["maxTokens"])
        self.prefix: str = text["prefix"]
        self.caption: dict[str, Any] | None = self.manifest.get("caption")
        if self.caption is not None:
            captions = self.caption.get("tokenizer", text["tokenizer"])
            self.caption_tokenizer = read_tokenizer(folder / captions)
        self.image_size: int = self.manifest["image"]["size"]
        # float64 up to the last step, as the app's lookup table is made.
        values = np.arange(256)[:, None] / 255
        image = self.manifest["image"]
        table = (values - np.array(image["mean"])) / np.array(image["std"])
        self.normalized: Floats = table.astype(np.float32)

    def caption_step(
        self, image_tokens: Floats, ids: NDArray[np.int32], past: Floats | None
    ) -> tuple[Floats, Floats]:
        """Photos' tokens [N, P, Wi] and last token ids [N] → logits [N, V] of the next, present.

        `past` is the present of the step before, and None at the first one.
        """
        if past is None:
            if self.caption is None:
                raise PackageError(f"{self.folder} has no captioner")
            layers, heads, width = (self.caption[key] for key in ("layers", "heads", "headWidth"))
            shape = (layers, 2, len(ids), heads, 0, width)
            past = np.zeros(shape, dtype=np.float32)
        inputs = {
            "image_tokens": image_tokens,
            "input_ids": ids[:, None],
            "position": np.array([past.shape[4]], dtype=np.int32),
            "past": past,
        }
        logits, present = self.session("captioner").run(["logits", "present"], inputs)
        return logits, present

    @property
    def has_ranker(self) -> bool:
        """Whether the model re-ranks; a dual encoder does not."""
        return "ranker" in self.manifest["graphs"]

    def session(self, role: str) -> onnxruntime.InferenceSession:
        """The open graph of a role."""
        if role not in self.sessions:
            entry = self.checked_entry(role)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self.threads
            options.log_severity_level = 3
            # Dequantized products keep their activations in float32, as on the GPU.
            options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
            self.sessions[role] = onnxruntime.InferenceSession(
                self.folder / entry["file"], options, providers=["CPUExecutionProvider"]
            )
        return self.sessions[role]

    def close(self) -> None:
        """Give the sessions' memory back; they open again on the next use."""
        self.sessions.clear()

    def graph_entry(self, role: str) -> GraphEntry:
        """The manifest's entry for a role in this package's variant."""
        variants = self.manifest["graphs"].get(role, {})
        entry: GraphEntry | None = variants.get(self.variant) or variants.get("fp32")
        if entry is None:
            raise PackageError(f"{self.folder} has no {role} in variant {self.variant}")
        return entry

    def checked_entry(self, role: str) -> GraphEntry:
        """The same, its files as they were written; raises PackageError where they are not."""
        entry = self.graph_entry(role)
        for file in (entry, *entry.get("external", [])):
            check_file(self.folder, file)
        return entry

    def encode_images(self, pixels: NDArray[np.uint8], batch_size: int = 8) -> ImageEncodings:
        """RGB bytes [N, S, S, 3] (see `load_photo`) → embeddings and tokens."""
        session = self.session("imageEncoder")
        embeddings, tokens = [], []
        for start in range(0, len(pixels), batch_size):
            batch = self.pixel_values(pixels[start : start + batch_size])
            outputs = session.run(["image_embeds", "image_tokens"], {"pixel_values": batch})
            embeddings.append(outputs[0])
            tokens.append(outputs[1])
        return ImageEncodings(np.concatenate(embeddings), np.concatenate(tokens))

    def pixel_values(self, pixels: NDArray[np.uint8]) -> Floats:
        """RGB bytes [N, S, S, 3] → normalized planes [N, 3, S, S]."""
        planes = [self.normalized[pixels[..., channel], channel] for channel in range(3)]
        return np.stack(planes, axis=1)

    def tokenize(self, text: str) -> list[int]:
        """Token ids of a sentence, special ones included, cut to `text.maxTokens`."""
        ids: list[int] = self.tokenizer.encode(self.prefix + text).ids
        return ids

    def encode_texts(self, texts: Iterable[str], batch_size: int = 1) -> TextEncodings:
        """Sentences → embeddings and tokens; each runs at its own length, as in the app.

        A batch holds sentences of the same length. Graphs with 8-bit activations, which large text
        encoders have on the CPU, give slightly other values in batches.
        """
        session = self.session("textEncoder")
        sentences = [self.tokenize(text) for text in texts]
        by_length: dict[int, list[int]] = {}
        for row, ids in enumerate(sentences):
            by_length.setdefault(len(ids), []).append(row)
        embeddings = np.zeros(
            (len(sentences), self.manifest["embedding"]["dimensions"]), np.float32
        )
        tokens: list[Floats] = [np.zeros(0, np.float32)] * len(sentences)
        for rows in by_length.values():
            for start in range(0, len(rows), batch_size):
                batch = rows[start : start + batch_size]
                input_ids = np.array([sentences[row] for row in batch], dtype=np.int32)
                outputs = session.run(
                    ["text_embeds", "text_tokens"],
                    {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids)},
                )
                embeddings[batch] = outputs[0]
                for row, own in zip(batch, outputs[1], strict=True):
                    tokens[row] = own
        return TextEncodings(embeddings, tokens)

    def rank(self, image_tokens: Floats, text_tokens: Floats, batch_size: int = 16) -> Ranking:
        """Photos' tokens [N, P, Wi] and one sentence's tokens [L, Wt] → match probabilities."""
        session = self.session("ranker")
        names = [output.name for output in session.get_outputs()]
        results: dict[str, list[Floats]] = {name: [] for name in names}
        for start in range(0, len(image_tokens), batch_size):
            images = image_tokens[start : start + batch_size]
            count, length = len(images), len(text_tokens)
            outputs = session.run(
                names,
                {
                    "image_tokens": images,
                    "text_tokens": np.repeat(text_tokens[None], count, axis=0),
                    "attention_mask": np.ones((count, length), dtype=np.int32),
                },
            )
            for name, output in zip(names, outputs, strict=True):
                results[name].append(output)
        joined = {name: np.concatenate(parts) for name, parts in results.items()}
        return Ranking(
            joined["match_probability"], joined["attention"], joined.get("head_probabilities")
        )


def check_file(folder: Path, entry: FileEntry) -> None:
    """Raise PackageError unless a file has the size and checksum that the manifest gives."""
    path = folder / entry["file"]
    if not path.is_file():
        raise PackageError(f"{path} is missing")
    if path.stat().st_size != entry["bytes"]:
        raise PackageError(f"{path} has {path.stat().st_size} bytes, not {entry['bytes']}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != entry["sha256"]:
        raise PackageError(f"{path} is damaged: its SHA-256 is {digest}, not {entry['sha256']}")
