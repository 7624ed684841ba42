"""Photos become pixels as the app makes them."""

import base64
import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from r2d2.data.photos import load_photo, square

# The app's own test of its resizing reads the same pictures and results.
APP_FIXTURES = Path(__file__).parents[2] / "src/model/fixtures"
RESIZED = json.loads((APP_FIXTURES / "resize.json").read_text())["cases"]
picture = runpy.run_path(str(APP_FIXTURES / "resize.py"))["picture"]


def test_exif_orientation_turns_the_photo(tmp_path: Path) -> None:
    photo = Image.new("RGB", (40, 20), "white")
    photo.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(tmp_path / "turned.png", exif=exif)
    turned = load_photo(tmp_path / "turned.png")
    assert turned.size == (20, 40)
    assert turned.getpixel((10, 5)) == (255, 0, 0)


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert square(load_photo(tmp_path / "clear.png"), 4).min() == 255


def test_grey_of_16_bits_keeps_its_tones(tmp_path: Path) -> None:
    tones = np.array([[0, 32768, 65535]], dtype=np.uint16).repeat(3, axis=0)
    Image.fromarray(tones).save(tmp_path / "grey.png")
    assert np.asarray(load_photo(tmp_path / "grey.png"))[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("case", RESIZED, ids=lambda case: f"{case['width']}x{case['height']}")
def test_squash_is_the_resizing_of_the_app(case: dict[str, Any]) -> None:
    photo = Image.fromarray(picture(case["width"], case["height"]))
    assert square(photo, case["size"]).tobytes() == base64.b64decode(case["rgb"])
