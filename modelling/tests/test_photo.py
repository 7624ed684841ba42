"""Photos become pixels as the app makes them."""

from pathlib import Path

import numpy as np
from PIL import Image

from r2d2.export.photo import load_photo, read_pixels, squash


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
    assert read_pixels(tmp_path / "clear.png", 4).min() == 255


def test_grey_of_16_bits_keeps_its_tones(tmp_path: Path) -> None:
    tones = np.array([[0, 32768, 65535]], dtype=np.uint16).repeat(3, axis=0)
    Image.fromarray(tones).save(tmp_path / "grey.png")
    assert np.asarray(load_photo(tmp_path / "grey.png"))[0, :, 0].tolist() == [0, 128, 255]


def test_squash_passes_horizontally_first() -> None:
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (97, 301, 3), dtype=np.uint8))
    expected = np.asarray(photo.resize((224, 224), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(squash(photo, 224), expected)
    # Turned by 90 degrees, the other pass comes first, and some values come out differently.
    turned = squash(photo.transpose(Image.Transpose.TRANSPOSE), 224).transpose(1, 0, 2)
    difference = np.abs(turned.astype(int) - expected)
    assert difference.max() > 0
