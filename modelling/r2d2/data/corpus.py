"""Everything that training reads, with the frozen encoders' outputs cached on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from r2d2.architecture import R2D2, R2D2Config
from r2d2.architecture.bert import Bert
from r2d2.architecture.efficientnet import EfficientNetLite
from r2d2.data.captions import (
    CaptionSource,
    captions_of,
    is_sided,
    read_captions,
    without_full_stop,
)
from r2d2.data.feature_cache import FeatureCache, write_features
from r2d2.data.grid_cache import GridCache, write_grids
from r2d2.data.labels import TEMPLATES, LabelledPhotos, imagenet_names, read_labelled
from r2d2.data.layout import captioned_folder, labelled_shards, photo_sources
from r2d2.data.photos import VIEWS, photo_names
from r2d2.data.pretrained import Classifier, load_e5, load_lite2, read_e5
from r2d2.data.text_cache import (
    TextCache,
    TokenizedTexts,
    cached_texts,
    encode_texts,
    tokenize,
)
from r2d2.data.vocabulary import build_tokenizer, choose_pieces
from r2d2.device import best_device
from r2d2.errors import R2D2Error


@dataclass(frozen=True)
class CaptionTable:
    """One caption source: `rows[photo]` are rows of the text cache, the same number a photo."""

    name: str
    language: str
    rows: NDArray[np.int64]
    sided: NDArray[np.bool_]

    def pick(
        self, photos: NDArray[np.int64], view: int, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """One caption of each photo; a mirrored view takes none that names a side, if it can."""
        picks = rng.integers(0, self.rows.shape[1], len(photos))
        if VIEWS[view].flip:
            again = rng.integers(0, self.rows.shape[1], len(photos))
            picks = np.where(self.sided[photos, picks], again, picks)
        chosen: NDArray[np.int64] = self.rows[photos, picks]
        return chosen


@dataclass(frozen=True)
class CaptionedPhotos:
    """Photos of one split with their features and captions."""

    names: list[str]
    grids: GridCache
    features: FeatureCache
    sources: list[CaptionTable]


@dataclass(frozen=True)
class NameTexts:
    """Class names in every template, and their pooled states [templates, classes, width]."""

    texts: dict[str, list[TokenizedTexts]]
    pooled: dict[str, Tensor]

    @classmethod
    def encode(cls, bert: Bert, texts: dict[str, list[TokenizedTexts]]) -> NameTexts:
        """The names as an encoder reads them."""
        pooled = {
            language: np.stack([encode_texts(bert, one).pooled for one in own])
            for language, own in texts.items()
        }
        return cls(texts, {language: torch.from_numpy(own) for language, own in pooled.items()})


@dataclass(frozen=True)
class Corpus:
    """The training and validation data of one run."""

    tokenizer: Tokenizer
    captions: TextCache
    train: CaptionedPhotos
    val: CaptionedPhotos
    labelled: LabelledPhotos
    labelled_grids: GridCache
    labelled_features: FeatureCache
    label_texts: NameTexts
    imagenet_texts: NameTexts
    classifier: Classifier


def choose_tokenizer(
    cache: Path, texts: list[str], size: int, given: Tokenizer | None = None
) -> tuple[Tokenizer, list[int]]:
    """The pruned tokenizer and the E5 ids of its pieces, made on the first call.

    A `given` tokenizer, that of an older model, is taken as it is; a cache that was filled with
    another one raises `R2D2Error`.
    """
    tokenizer_path, pieces_path = cache / "tokenizer.json", cache / "pieces.json"
    if not pieces_path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        e5 = read_e5()
        if given is None:
            pieces = choose_pieces(e5, texts, size)
            tokenizer = build_tokenizer([(e5.pieces[i], float(e5.scores[i])) for i in pieces])
        else:
            ids = {piece: i for i, piece in enumerate(e5.pieces)}
            vocabulary = given.get_vocab()
            pieces = [ids[piece] for piece in sorted(vocabulary, key=vocabulary.__getitem__)]
            tokenizer = given
        tokenizer.save(str(tokenizer_path))
        pieces_path.write_text(json.dumps(pieces))
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    if given is not None and given.get_vocab() != tokenizer.get_vocab():
        raise R2D2Error(f"{cache} was filled with another vocabulary: give another folder")
    return tokenizer, json.loads(pieces_path.read_text())


def same_sizes(cache: Path, config: R2D2Config, given: Tokenizer | None) -> None:
    """Notes what photos and words of a cache look like; raises `R2D2Error` for another look."""
    wanted = config.to_dict()
    photo = {name: wanted["image"][name] for name in ("size", "mean", "std")}
    now = {"image": photo, "vocabulary": None if given else wanted["text"]["vocabulary"]}
    noted = cache / "sizes.json"
    before = json.loads(noted.read_text()) if noted.exists() else {}
    for name, value in json.loads(json.dumps(now)).items():
        # A vocabulary that came with a model has no size to be chosen by.
        if None not in (value, before.get(name)) and before[name] != value:
            raise R2D2Error(
                f"{cache} was filled with another {name} ({before[name]}, not {value}): name"
                " another folder with --cache"
            )
    if not noted.exists():
        cache.mkdir(parents=True, exist_ok=True)
        noted.write_text(json.dumps(now))


def pretrained_model(config: R2D2Config, pieces: list[int]) -> tuple[R2D2, Classifier]:
    """A model whose backbone and text encoder hold the pretrained weights."""
    model = R2D2(config)
    load_e5(model.text_encoder.bert, read_e5(), pieces)
    return model, load_lite2(model.image_encoder.backbone)


def caption_table(
    source: CaptionSource, photos: list[str], first_row: int, as_queries: bool
) -> tuple[CaptionTable, list[str]]:
    """The table of a source and its texts, which start at `first_row` of the text cache.

    `as_queries` takes the full stop from every second caption, of one photo the even ones, of the
    next the odd ones: a model that never learned without it finds less by what people type.
    """
    captions = captions_of(source, photos)
    per_photo = max(map(len, captions))
    texts: list[str] = []
    rows = np.empty((len(photos), per_photo), dtype=np.int64)
    for i, own in enumerate(captions):
        # A photo with fewer captions repeats them.
        rows[i] = [first_row + len(texts) + k % len(own) for k in range(per_photo)]
        texts += [
            without_full_stop(text) if as_queries and (i + k) % 2 else text
            for k, text in enumerate(own)
        ]
    sided = np.array([is_sided(text) for text in texts])[rows - first_row]
    return CaptionTable(source.name, source.language, rows, sided), texts


def load_corpus(
    data: Path,
    cache: Path,
    config: R2D2Config,
    views: int,
    given: Tokenizer | None = None,
    least_photos: int = 1,
) -> tuple[Corpus, R2D2, R2D2Config]:
    """Reads the data, fills the caches that are missing, and makes the pretrained model.

    `data` holds one folder with `captions.*.tsv` and photos (`photo_sources` of `train` and
    `val`), `labelled/` (shards with their class in the path) and `names/`. The returned config has
    the size of the vocabulary that was chosen, or of the `given` one. What is wrong with names,
    captions and labels raises `R2D2Error` before a cache is filled, which takes hours; fewer photos
    to train on than `least_photos` are wrong, too, and so are caches of photos or a vocabulary of
    another size. A photo that cannot be read raises it when its turn comes.
    """
    captioned = captioned_folder(data)
    sources = {
        "train": photo_sources(captioned, "train"),
        "val": photo_sources(captioned, "val"),
        "labelled": labelled_shards(data),
    }
    photos = {split: photo_names(own) for split, own in sources.items()}
    if len(photos["val"]) < 2:
        raise R2D2Error(f"{captioned}: {len(photos['val'])} photos to measure on; it takes 2")
    if len(photos["train"]) < least_photos:
        raise R2D2Error(
            f"{captioned}: {len(photos['train'])} photos to train on do not fill a batch of"
            f" {least_photos}: set `batch` lower in the configuration"
        )
    labelled = read_labelled(photos["labelled"], data / "names")
    train_sources = read_captions(captioned, ("train", "none"))
    val_sources = read_captions(captioned, ("val",))
    texts: list[str] = []
    tables: dict[str, list[CaptionTable]] = {"train": [], "val": []}
    for split, found in (("train", train_sources), ("val", val_sources)):
        for source in found:
            table, own = caption_table(
                source, photos[split], len(texts), as_queries=split == "train"
            )
            tables[split].append(table)
            texts += own
    names = imagenet_names(data / "names")
    all_texts = [
        text
        for source in (*train_sources, *val_sources)
        for captions in source.captions.values()
        for text in captions
    ]
    name_list = [name for own in names.values() for name in own]
    same_sizes(cache, config, given)
    tokenizer, pieces = choose_tokenizer(
        cache, all_texts + name_list, config.text.vocabulary, given
    )
    values = config.to_dict()
    values["text"]["vocabulary"] = len(pieces)
    config = R2D2Config.from_dict(values)
    model, classifier = pretrained_model(config, pieces)
    model.eval().to(best_device())

    backbone = model.image_encoder.backbone

    def read(split: str, count: int) -> tuple[GridCache, FeatureCache]:
        grids = write_grids(cache / split, sources[split], backbone, config.image, count)
        return grids, write_features(cache / split, grids, backbone)

    train = CaptionedPhotos(photos["train"], *read("train", views), tables["train"])
    val = CaptionedPhotos(photos["val"], *read("val", 1), tables["val"])
    labelled_photos = read("labelled", min(views, 2))

    bert = model.text_encoder.bert
    tokens = tokenize(tokenizer, texts, config.text)
    captions = cached_texts(cache / "captions", lambda: encode_texts(bert, tokens))
    if not captions.texts.same(tokens):
        raise R2D2Error(f"{cache} holds other captions: name another folder with --cache")

    def name_texts(by_language: dict[str, list[str]]) -> NameTexts:
        tokens = {
            language: [
                tokenize(tokenizer, [template.format(name) for name in own], config.text)
                for template in TEMPLATES[language]
            ]
            for language, own in by_language.items()
        }
        return NameTexts.encode(bert, tokens)

    corpus = Corpus(
        tokenizer,
        captions,
        train,
        val,
        labelled,
        *labelled_photos,
        name_texts({k: [c.names[k] for c in labelled.classes] for k in ("zh", "en")}),
        name_texts(names),
        classifier,
    )
    return corpus, model, config


def with_backbone(corpus: Corpus, backbone: EfficientNetLite, folder: Path) -> Corpus:
    """The corpus as another backbone sees it, whose features are kept in `folder`.

    Below the finer grid it has to be the pretrained one.
    """

    def seen(split: CaptionedPhotos, name: str) -> CaptionedPhotos:
        return replace(split, features=write_features(folder / name, split.grids, backbone))

    return replace(
        corpus,
        train=seen(corpus.train, "train"),
        val=seen(corpus.val, "val"),
        labelled_features=write_features(folder / "labelled", corpus.labelled_grids, backbone),
    )


def with_text_encoder(corpus: Corpus, bert: Bert, folder: Path) -> Corpus:
    """The corpus as another text encoder reads it; its states of captions are kept in `folder`."""
    return replace(
        corpus,
        captions=cached_texts(folder, lambda: encode_texts(bert, corpus.captions.texts)),
        label_texts=NameTexts.encode(bert, corpus.label_texts.texts),
        imagenet_texts=NameTexts.encode(bert, corpus.imagenet_texts.texts),
    )
