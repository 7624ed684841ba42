"""Labelled sets and class names: what labels can be trained on, and what stays unseen.

Of each class every fifth photo is kept for measuring; of each set every fifth class is left out
of training altogether, to measure how labels do that nobody trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from r2d2.data.layout import read_lines, read_table
from r2d2.errors import R2D2Error

LANGUAGES = ("zh", "en")
TEMPLATES = {
    "zh": ("{}", "一张{}的照片", "{}的照片", "照片里有{}"),
    "en": ("{}", "a photo of {}", "a picture of {}", "a photo of the {}"),
}
"""What is learned from."""
LABEL_TEMPLATES = {"zh": ("一张{}的照片", "{}"), "en": ("a photo of {}", "{}")}
"""What the app makes of a label; more of them were no better on the labelled sets."""
_OWN_NAMES = Path(__file__).parent / "class_names.tsv"


@dataclass(frozen=True)
class LabelClass:
    """A class of a labelled set with its names."""

    set: str
    id: str
    names: dict[str, str]


@dataclass(frozen=True)
class LabelledPhotos:
    """Photos by class; `classes[label[i]]` is the class of `photos[i]`."""

    photos: list[str]
    classes: list[LabelClass]
    label: NDArray[np.int64]
    held_back: NDArray[np.bool_]
    unseen_class: NDArray[np.bool_]

    def only_held_back(self) -> LabelledPhotos:
        """The photos that are kept for measuring."""
        rows = np.flatnonzero(self.held_back)
        return LabelledPhotos(
            [self.photos[row] for row in rows],
            self.classes,
            self.label[rows],
            self.held_back[rows],
            self.unseen_class[rows],
        )

    @property
    def sets(self) -> list[str]:
        """Names of the sets, sorted."""
        return sorted({c.set for c in self.classes})

    def classes_of(self, name: str) -> NDArray[np.int64]:
        """Indices of the classes of a set."""
        return np.array([i for i, c in enumerate(self.classes) if c.set == name])


def read_class_names(names_folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """(set, class) → names by language, from the data's list, and from our own what it lacks.

    Raises `R2D2Error` for an empty name.
    """
    columns = ("set", "class", "English name", "Chinese name")
    names = {}
    for path in (_OWN_NAMES, _data_names(names_folder)):
        for label_set, label, english, chinese in read_table(path, columns):
            if not (english.strip() and chinese.strip()):
                raise R2D2Error(f"{path}: {label_set}/{label} lacks a name in English or Chinese")
            names[label_set, label] = {"en": english, "zh": chinese}
    return names


def _data_names(names_folder: Path) -> Path:
    return names_folder / "labelled-classes.en-zh.tsv"


def read_labelled(photos: list[str], names_folder: Path) -> LabelledPhotos:
    """Labels photos by their path `<set>/<class>/<file>`.

    Raises `R2D2Error` for another path, and for a class without a name.
    """
    if not photos:
        raise R2D2Error("the shards of labelled photos hold none")
    names = read_class_names(names_folder)
    keys = [_set_and_class(photo) for photo in photos]
    classes = sorted(set(keys))
    for key in classes:
        if key not in names:
            raise R2D2Error(
                f"{_data_names(names_folder)} has no names for {'/'.join(key)}: add the line"
                f" {'<TAB>'.join(key)}<TAB>English name<TAB>Chinese name"
            )
    index = {key: i for i, key in enumerate(classes)}
    label = np.array([index[key] for key in keys], dtype=np.int64)
    held_back = np.zeros(len(photos), dtype=bool)
    unseen = np.zeros(len(classes), dtype=bool)
    for i, key in enumerate(classes):
        held_back[np.flatnonzero(label == i)[4::5]] = True
        rank = sum(other[0] == key[0] for other in classes[:i])
        unseen[i] = rank % 5 == 4
    return LabelledPhotos(
        photos,
        [LabelClass(key[0], key[1], names[key]) for key in classes],
        label,
        held_back,
        unseen[label],
    )


def _set_and_class(photo: str) -> tuple[str, str]:
    match photo.split("/"):
        case [label_set, label, _, *_]:
            return label_set, label
    raise R2D2Error(f"labelled photo {photo}: its path has to be <set>/<class>/<file>")


def imagenet_names(names_folder: Path) -> dict[str, list[str]]:
    """Names of the 1,000 ImageNet classes by language, in class order.

    The English ones come from torchvision. Raises `R2D2Error` where it is not installed, since a
    model that learned without them would be another one, and where Chinese ones are missing.
    """
    path = names_folder / "imagenet-1k.zh.txt"
    chinese = [name for name in read_lines(path) if name.strip()]
    if len(chinese) != 1000:
        raise R2D2Error(f"{path}: {len(chinese)} names instead of 1000, one a line")
    try:
        from torchvision.models._meta import _IMAGENET_CATEGORIES
    except ImportError as error:
        raise R2D2Error(
            "The English names of the ImageNet classes come from torchvision, which is not"
            " installed: pip install -e 'modelling[train]'"
        ) from error
    return {"zh": chinese, "en": list(_IMAGENET_CATEGORIES)}
