"""Prints the captions that the modelling package writes for a photo of made-up tokens.

    modelling/.venv/bin/python e2e/reference/make_captions.py MODEL BEAMS

JSON: for each language the sentences with their scores, best first, by the package's float32 graph.
e2e/captioner.spec.ts compares the app with it.
"""

import json
import sys
from pathlib import Path

import numpy as np

from r2d2.evaluation.captions import CaptionWriter, write_captions
from r2d2.export.package import Package


def main(model: Path, beams: int) -> None:
    """Writes captions for tokens that the app can make alike."""
    package = Package(model, "fp32")
    writer = CaptionWriter.of_package(package)
    if writer is None:
        raise SystemExit(f"{model} has no captioner")
    image = package.manifest["tokens"]["image"]
    values = np.arange(image["count"] * image["width"], dtype=np.float64)
    tokens = np.sin(values).astype(np.float32).reshape(1, image["count"], image["width"])
    captions = {}
    for language, start in writer.start_tokens.items():
        [written] = write_captions(writer.step, tokens, start, writer.limits, beams)
        captions[language] = [
            {"text": writer.text(sentence), "score": sentence.score(1.0)}
            for sentence in sorted(written, key=lambda sentence: -sentence.score(1.0))
        ]
    print(json.dumps(captions, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
