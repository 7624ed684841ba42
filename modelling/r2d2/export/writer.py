"""Writes a package folder: all of it or nothing."""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import onnx_ir as ir

from r2d2.errors import R2D2Error
from r2d2.export.manifest import Description, FileEntry, GraphEntry, Graphs, write_manifest

MAX_FILE_BYTES = 96_000_000
"""Weights go on in a further file before one grows beyond this."""
INLINE_BELOW = 1024
"""Smaller tensors stay inside the graph's own file."""
ALIGNMENT = 64

FILE_STEMS = {
    "imageEncoder": "image-encoder",
    "textEncoder": "text-encoder",
    "ranker": "ranker",
    "captioner": "captioner",
}


class PackageError(R2D2Error):
    """A package cannot be written or read; the message says what to do."""


class WeightFiles:
    """External weights that several graphs share; a tensor of equal bytes is stored once."""

    def __init__(self, folder: Path, stem: str) -> None:
        self.folder = folder
        self.stem = stem
        self.stored: dict[bytes, tuple[str, int]] = {}
        self.names: list[str] = []

    def add(self, tensor: ir.TensorProtocol) -> ir.ExternalTensor:
        """Store a tensor's bytes unless they are there already, and give their place."""
        data = tensor.tobytes()
        key = hashlib.sha256(data).digest()
        if key not in self.stored:
            self.stored[key] = self._append(data)
        location, offset = self.stored[key]
        return ir.ExternalTensor(
            location,
            offset,
            len(data),
            tensor.dtype,
            shape=ir.Shape(tensor.shape.numpy()),
            name=str(tensor.name),
            base_dir=self.folder,
        )

    def _append(self, data: bytes) -> tuple[str, int]:
        offset = 0
        if self.names:
            size = (self.folder / self.names[-1]).stat().st_size
            offset = -(-size // ALIGNMENT) * ALIGNMENT
        if not self.names or offset + len(data) > MAX_FILE_BYTES:
            offset = 0
            self.names.append(f"{self.stem}.{len(self.names)}.bin")
        name = self.names[-1]
        with (self.folder / name).open("ab") as file:
            file.truncate(offset)
            file.write(data)
        return name, offset


class PackageWriter:
    """Collects a package in a temporary folder, which takes its final name when it is complete.

    Use it as a context manager: `add_graph`, `write_manifest`, then `finish`. Without that last
    call nothing is left behind.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        if out.exists() and any(out.iterdir()) and not (out / "manifest.json").is_file():
            raise PackageError(
                f"{out} holds something that is no model package; name another folder"
            )
        self.graphs: Graphs = {}
        self.folder = Path()

    def __enter__(self) -> Self:
        """Make the temporary folder, beside the final one."""
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f".{self.out.name}-", dir=self.out.parent))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove what `finish` has not moved away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def weight_files(self, role: str, precision: str) -> WeightFiles:
        """A new set of weights files, to hand to every `add_graph` that shares it."""
        return WeightFiles(self.folder, f"{FILE_STEMS[role]}.{precision}")

    def add_graph(
        self, role: str, variants: Sequence[str], model: ir.Model, weights: WeightFiles
    ) -> None:
        """Write one graph, serving one or more variants; its larger tensors go to `weights`.

        The model's tensors are replaced by references to the files, which frees their memory.
        """
        used: set[str] = set()
        for value in model.graph.initializers.values():
            tensor = value.const_value
            if tensor is not None and tensor.nbytes >= INLINE_BELOW:
                value.const_value = external = weights.add(tensor)
                used.add(str(external.location))
        _forget_inner_shapes(model.graph)
        name = f"{FILE_STEMS[role]}.{'-'.join(variants)}.onnx"
        path = self.folder / name
        path.write_bytes(ir.to_proto(model).SerializeToString(deterministic=True))
        file = self.describe(name)
        entry: GraphEntry = {
            "file": file["file"],
            "bytes": file["bytes"],
            "sha256": file["sha256"],
        }
        if used:
            entry["external"] = [self.describe(file) for file in weights.names if file in used]
        for variant in variants:
            self.graphs.setdefault(role, {})[variant] = entry

    def describe(self, name: str) -> FileEntry:
        """Size and checksum of a file written so far."""
        path = self.folder / name
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"file": name, "bytes": path.stat().st_size, "sha256": digest}

    def variants(self) -> list[str]:
        """The variants written so far."""
        return sorted({variant for graphs in self.graphs.values() for variant in graphs})

    def files(self, variant: str) -> list[str]:
        """The graph files of a variant."""
        return [graphs[variant]["file"] for graphs in self.graphs.values() if variant in graphs]

    def write_manifest(self, about: Description) -> None:
        """Write the manifest with the final checksums; the temporary folder is then a package."""
        for variants in self.graphs.values():
            for entry in variants.values():
                for external in entry.get("external", []):
                    external.update(self.describe(external["file"]))
        write_manifest(self.folder / "manifest.json", about, self.graphs)

    def finish(self) -> None:
        """Give the folder its final name, in the place of an older package."""
        self.folder.chmod(0o755)
        if self.out.exists():
            old = self.folder.with_name(f"{self.folder.name}-old")
            self.out.rename(old)
            self.folder.rename(self.out)
            shutil.rmtree(old)
        else:
            self.folder.rename(self.out)


def _forget_inner_shapes(graph: ir.Graph) -> None:
    """Drop the shapes between the nodes: every loader infers them, and they take half the file."""
    for node in graph:
        for value in node.outputs:
            if not value.is_graph_output():
                value.shape, value.type = None, None
