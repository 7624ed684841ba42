import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from synthetic import photo

from r2d2.data.captions import CaptionSource, is_sided, read_captions, tidy, without_full_stop
from r2d2.data.corpus import caption_table, load_corpus, same_sizes
from r2d2.data.feature_cache import write_features
from r2d2.data.grid_cache import open_grids, write_grids
from r2d2.data.labels import read_labelled
from r2d2.data.layout import captioned_folder, photo_sources
from r2d2.data.masked_texts import hide_pieces
from r2d2.data.photos import VIEWS, make_view, photo_names, read_photos
from r2d2.data.phrases import find_phrases
from r2d2.data.text_cache import cached_texts, encode_texts, tokenize
from r2d2.errors import R2D2Error
from r2d2.export.tiny import tiny_config, tiny_model, tiny_tokenizer

TOKENIZER = tiny_tokenizer()
CONFIG = tiny_config(TOKENIZER.get_vocab_size())


def write_shard(path: Path, names: list[str]) -> None:
    with tarfile.open(path, "w") as archive:
        for seed, name in enumerate(names):
            data = io.BytesIO()
            photo(seed).save(data, "PNG")
            member = tarfile.TarInfo(name)
            member.size = data.tell()
            data.seek(0)
            archive.addfile(member, data)


def test_captions_of_the_asked_splits_are_read_by_photo(tmp_path: Path) -> None:
    (tmp_path / "captions.en-human.tsv").write_text(
        "a.jpg\tA dog runs .\ttrain\na.jpg\tA dog\ttrain\nb.jpg\tA cat\tval\n", encoding="utf-8"
    )
    (source,) = read_captions(tmp_path, ("train",))
    assert (source.name, source.language) == ("en-human", "en")
    assert source.captions == {"a.jpg": ["A dog runs.", "A dog"]}


def test_a_line_feed_alone_ends_a_caption(tmp_path: Path) -> None:
    odd = "a dog\u2028on \x85 the\x0b grass"
    path = tmp_path / "captions.en-human.tsv"
    path.write_bytes(f"\ufeffa.jpg\t{odd}\ttrain\r\n\r\n \nb.jpg\tA cat\ttrain".encode())
    (source,) = read_captions(tmp_path, ("train",))
    assert source.captions == {"a.jpg": [odd], "b.jpg": ["A cat"]}


@pytest.mark.parametrize("line", ["b.jpg\tA cat", "b.jpg\tA cat\ttrain\tred", "A cat"])
def test_a_caption_with_other_columns_is_named_by_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "captions.en-human.tsv"
    path.write_text(f"a.jpg\tA dog\ttrain\n\n{line}\n", encoding="utf-8")
    with pytest.raises(R2D2Error, match=r"captions\.en-human\.tsv, line 3: \d columns"):
        read_captions(tmp_path, ("train",))


def test_captions_that_are_not_utf_8_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "captions.zh-a.tsv").write_bytes("a.jpg\t狗\ttrain".encode("gb18030"))
    with pytest.raises(R2D2Error, match=r"captions\.zh-a\.tsv cannot be read as UTF-8"):
        read_captions(tmp_path, ("train",))


def test_tidy_closes_the_gap_before_a_full_stop() -> None:
    assert tidy(" two dogs , running . ") == "two dogs, running."


@pytest.mark.parametrize(
    ("caption", "query"),
    [
        ("two dogs, running.", "two dogs, running"),
        ("两只狗在跑。", "两只狗在跑"),
        ("a sign says St. Ives", "a sign says St. Ives"),
        (".", "."),
    ],
)
def test_a_query_has_no_full_stop(caption: str, query: str) -> None:
    assert without_full_stop(caption) == query


def test_every_second_training_caption_is_without_its_full_stop() -> None:
    own = {"a.jpg": ["A dog.", "Two dogs."], "b.jpg": ["A cat.", "A red cat.", "Cats."]}
    source = CaptionSource("en-human", "en", own)
    photos = ["a.jpg", "b.jpg"]
    table, texts = caption_table(source, photos, 10, as_queries=True)
    assert texts == ["A dog.", "Two dogs", "A cat", "A red cat.", "Cats"]
    assert table.rows.tolist() == [[10, 11, 10], [12, 13, 14]]
    assert caption_table(source, photos, 10, as_queries=False)[1] == own["a.jpg"] + own["b.jpg"]


@pytest.mark.parametrize(
    ("caption", "sided"),
    [("the man on the left", True), ("一个男人在右边", True), ("bright lights", False)],
)
def test_captions_that_name_a_side_are_found(caption: str, sided: bool) -> None:
    assert is_sided(caption) is sided


def test_phrases_fit_the_photos_whose_captions_hold_them(tmp_path: Path) -> None:
    lines = [f"{i}.jpg\tA brown dog runs on the grass\ttrain" for i in range(8)]
    lines += [f"{i}.jpg\tA dog\ttrain" for i in range(4)]
    lines += [f"{i}.jpg\tTwo cats sleep\ttrain" for i in range(8, 40)]
    (tmp_path / "captions.en-x.tsv").write_text("\n".join(lines), encoding="utf-8")
    photos = [f"{i}.jpg" for i in range(40)]
    phrases = find_phrases(read_captions(tmp_path, ("train",)), photos, most=0.5)
    assert {"dog", "brown dog", "dog runs", "grass"} <= set(phrases.texts)
    assert "the grass" not in phrases.texts
    # Two captions that say it count as full agreement, one as half.
    dog = phrases.fit[:, phrases.texts.index("dog")]
    assert dog[:4].tolist() == [1.0] * 4
    assert dog[4:8].tolist() == [0.5] * 4
    assert not dog[8:].any()


def test_every_fifth_photo_and_class_are_kept_from_training(tmp_path: Path) -> None:
    classes = ["daisy", "dandelion", "roses", "sunflowers", "tulips"]
    (tmp_path / "labelled-classes.en-zh.tsv").write_text("", encoding="utf-8")
    photos = [f"flowers/{name}/{i:04}.jpg" for name in classes for i in range(10)]
    labelled = read_labelled(photos, tmp_path)
    assert [c.names["zh"] for c in labelled.classes][:2] == ["雏菊", "蒲公英"]
    assert labelled.held_back.sum() == 10
    assert labelled.unseen_class.sum() == 10
    assert {labelled.classes[i].id for i in labelled.label[labelled.unseen_class]} == {"tulips"}


def test_the_names_of_the_data_come_before_our_own(tmp_path: Path) -> None:
    own = "flowers\tdaisy\toxeye\t牛眼菊\npets\tcat\tcat\t猫\n"
    (tmp_path / "labelled-classes.en-zh.tsv").write_text(own, encoding="utf-8")
    photos = ["flowers/daisy/1.jpg", "flowers/roses/1.jpg", "pets/cat/1.jpg"]
    labelled = read_labelled(photos, tmp_path)
    assert [c.names["zh"] for c in labelled.classes] == ["牛眼菊", "玫瑰", "猫"]


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        ("pets/cat/1.jpg", r"no names for pets/cat: add the line pets<TAB>cat<TAB>"),
        ("cat/1.jpg", r"photo cat/1\.jpg: its path has to be <set>/<class>/<file>"),
        ("1.jpg", r"photo 1\.jpg: its path"),
    ],
)
def test_a_labelled_photo_without_a_named_class_is_an_error(
    tmp_path: Path, photo: str, said: str
) -> None:
    (tmp_path / "labelled-classes.en-zh.tsv").write_text("", encoding="utf-8")
    with pytest.raises(R2D2Error, match=said):
        read_labelled(["flowers/daisy/1.jpg", photo], tmp_path)


def test_views_keep_the_size_and_flip_when_told() -> None:
    original = photo(0)
    rng = np.random.default_rng(0)
    views = [make_view(original, view, 32, rng) for view in VIEWS]
    assert all(view.size == (32, 32) for view in views)
    np.testing.assert_array_equal(np.asarray(views[0]), np.asarray(original))
    np.testing.assert_array_equal(np.asarray(views[1]), np.asarray(original)[:, ::-1])


def test_the_feature_cache_holds_what_the_backbone_gives(tmp_path: Path) -> None:
    shard = tmp_path / "train-00.tar"
    write_shard(shard, ["a.png", "b.png"])
    model = tiny_model(CONFIG)
    backbone = model.image_encoder.backbone
    write_grids(tmp_path / "cache", [shard], backbone, CONFIG.image, views=2)
    grids = open_grids(tmp_path / "cache")
    cache = write_features(tmp_path / "features", grids, backbone)
    assert cache.index == {"a.png": 0, "b.png": 1}
    assert len(cache.views) == 2
    from r2d2.data.photos import to_pixels

    pixels = to_pixels([image for _, image in read_photos([shard])], CONFIG.image)
    with torch.inference_mode():
        expected, _ = backbone(pixels)
    torch.testing.assert_close(
        torch.from_numpy(np.array(cache.views[0], dtype=np.float32)), expected, atol=0.05, rtol=0.01
    )


def test_a_cache_of_other_photos_is_refused(tmp_path: Path) -> None:
    shard, other = tmp_path / "train-00.tar", tmp_path / "train-01.tar"
    write_shard(shard, ["a.png"])
    write_shard(other, ["b.png"])
    backbone = tiny_model(CONFIG).image_encoder.backbone
    write_grids(tmp_path / "cache", [shard], backbone, CONFIG.image, views=1)
    with pytest.raises(R2D2Error, match="other photos"):
        write_grids(tmp_path / "cache", [shard, other], backbone, CONFIG.image, views=2)


def test_a_photo_whose_name_comes_twice_is_refused_before_any_is_opened(tmp_path: Path) -> None:
    write_shard(tmp_path / "val-00.tar", ["a.png", "b.png"])
    # As it is where somebody unpacked the shard and left it beside the folder.
    (tmp_path / "val").mkdir()
    photo(1).save(tmp_path / "val" / "b.png")
    backbone = tiny_model(CONFIG).image_encoder.backbone
    with pytest.raises(R2D2Error, match=r"two photos are named b\.png, one in .*val-00\.tar"):
        write_grids(
            tmp_path / "cache", photo_sources(tmp_path, "val"), backbone, CONFIG.image, views=1
        )
    assert not list((tmp_path / "cache").glob("*"))


def data_folder(folder: Path) -> Path:
    """Two photos to train on, two to measure on, one labelled, and their texts."""
    write_shard(folder / "train-00.tar", ["a.png", "b.png"])
    write_shard(folder / "val-00.tar", ["c.png", "d.png"])
    lines = ["a.png\tone\ttrain", "b.png\ttwo\ttrain", "c.png\tthree\tval", "d.png\tfour\tval"]
    (folder / "captions.en-human.tsv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "labelled").mkdir()
    write_shard(folder / "labelled" / "flowers-00.tar", ["flowers/daisy/1.png"])
    (folder / "names").mkdir()
    (folder / "names" / "labelled-classes.en-zh.tsv").touch()
    return folder


def no_labelled(folder: Path) -> None:
    (folder / "labelled" / "flowers-00.tar").unlink()


def no_val(folder: Path) -> None:
    (folder / "val-00.tar").unlink()


def one_val(folder: Path) -> None:
    write_shard(folder / "val-00.tar", ["c.png"])


def empty_labelled(folder: Path) -> None:
    write_shard(folder / "labelled" / "flowers-00.tar", [])


def half_a_name(folder: Path) -> None:
    names = folder / "names" / "labelled-classes.en-zh.tsv"
    names.write_text("pets\tcat\tcat\t\n", encoding="utf-8")


def half_a_shard(folder: Path) -> None:
    shard = folder / "val-00.tar"
    shard.write_bytes(shard.read_bytes()[: -tarfile.RECORDSIZE // 2])


def no_class(folder: Path) -> None:
    write_shard(folder / "labelled" / "pets-00.tar", ["pets/cat/1.png"])


def no_caption(folder: Path) -> None:
    write_shard(folder / "val-01.tar", ["e.png"])


def no_imagenet_names(folder: Path) -> None:
    assert not (folder / "names" / "imagenet-1k.zh.txt").exists()


def few_imagenet_names(folder: Path) -> None:
    (folder / "names" / "imagenet-1k.zh.txt").write_text("丁鲷\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (no_labelled, r"labelled: no \*\.tar"),
        (no_val, r"neither val-\*\.tar nor a folder val"),
        (one_val, "1 photos to measure on"),
        (empty_labelled, "labelled photos hold none"),
        (half_a_name, "pets/cat lacks a name in English or Chinese"),
        (half_a_shard, r"val-00\.tar is no whole TAR file"),
        (no_class, "no names for pets/cat"),
        (no_caption, r"1 photos have no caption, e\.png first"),
        (no_imagenet_names, r"imagenet-1k\.zh\.txt cannot be read"),
        (few_imagenet_names, "1 names instead of"),
    ],
)
def test_faults_of_the_data_are_found_before_caches_are_filled(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    data = data_folder(tmp_path)
    harm(data)
    with pytest.raises(R2D2Error, match=said):
        load_corpus(data, tmp_path / "cache", CONFIG, views=1)
    assert not (tmp_path / "cache").exists()


def test_fewer_photos_than_a_batch_are_refused_before_caches_are_filled(tmp_path: Path) -> None:
    data = data_folder(tmp_path)
    with pytest.raises(R2D2Error, match="2 photos to train on do not fill a batch of 3"):
        load_corpus(data, tmp_path / "cache", CONFIG, views=1, least_photos=3)
    assert not (tmp_path / "cache").exists()


def test_a_shard_may_have_been_made_from_a_folder_on_a_mac(tmp_path: Path) -> None:
    write_shard(tmp_path / "train-0.tar", ["./a.png", "./._a.png", "./.DS_Store", "./more/b.png"])
    assert photo_names([tmp_path / "train-0.tar"]) == ["a.png", "more/b.png"]
    assert len(dict(read_photos([tmp_path / "train-0.tar"]))) == 2


def test_no_cut_of_a_shard_goes_unnoticed(tmp_path: Path) -> None:
    shard = tmp_path / "train-0.tar"
    write_shard(shard, ["a.png", "b.png"])
    whole = shard.read_bytes()
    with tarfile.open(shard) as archive:
        last = archive.getmembers()[-1]
    end = last.offset_data + -(-last.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
    assert len(whole) > end
    for size in range(0, end + 1, tarfile.BLOCKSIZE // 2):
        shard.write_bytes(whole[:size])
        with pytest.raises(R2D2Error, match=r"train-0\.tar is no whole TAR file"):
            photo_names([shard])


@pytest.mark.parametrize("harm", ["bomb", "chunk"])
def test_a_photo_that_pillow_refuses_is_named(
    tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    photo(0).save(path)
    if harm == "bomb":
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    else:
        path.write_bytes(path.read_bytes().replace(b"IDAT", b"\x00DAT"))
    with pytest.raises(R2D2Error, match=r"a\.png cannot be read as a photo"):
        list(read_photos([tmp_path]))


def test_a_cache_of_texts_that_was_not_finished_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = tokenize(TOKENIZER, ["雪地里的狗"], CONFIG.text)
    bert = tiny_model(CONFIG).text_encoder.bert

    def full(path: Path, _: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(np, "save", full)
        with pytest.raises(OSError, match="No space"):
            cached_texts(tmp_path, lambda: encode_texts(bert, texts))
    again = cached_texts(tmp_path, lambda: encode_texts(bert, texts))
    assert again.texts.same(texts)


def test_a_cache_is_of_one_size_of_photos(tmp_path: Path) -> None:
    same_sizes(tmp_path, CONFIG, None)
    same_sizes(tmp_path, CONFIG, None)
    larger = replace(CONFIG, image=replace(CONFIG.image, size=64))
    with pytest.raises(R2D2Error, match=r"another image .*--cache"):
        same_sizes(tmp_path, larger, None)
    wordier = replace(CONFIG, text=replace(CONFIG.text, vocabulary=30000))
    with pytest.raises(R2D2Error, match="another vocabulary"):
        same_sizes(tmp_path, wordier, None)
    # A model that goes on brings its own, which is compared piece by piece.
    same_sizes(tmp_path, wordier, TOKENIZER)


def test_a_file_that_is_no_photo_is_named(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "notes.txt").write_text("no photo")
    with pytest.raises(R2D2Error, match=r"notes\.txt"):
        list(read_photos([tmp_path / "train"]))


def test_long_texts_keep_their_end_token() -> None:
    texts = tokenize(TOKENIZER, ["狗" * 40, "狗"], CONFIG.text)
    ids, mask = texts.batch(np.array([0, 1]))
    assert ids.shape == (2, CONFIG.text.max_tokens)
    assert ids[0, 0] == 0
    assert ids[0, -1] == 2
    assert mask[1].sum() < CONFIG.text.max_tokens


def test_cached_states_are_the_encoders() -> None:
    model = tiny_model(CONFIG)
    texts = tokenize(TOKENIZER, ["雪地里的狗", "a dog", "一只猫 in the snow"], CONFIG.text)
    cache = encode_texts(model.text_encoder.bert, texts)
    hidden, mask = cache.batch(np.array([2, 0]))
    ids, _ = texts.batch(np.array([2, 0]))
    with torch.inference_mode():
        words = model.text_encoder.bert.words(ids)
        expected = model.text_encoder.bert(words, mask) * mask[:, :, None]
    # The cache is computed in bfloat16.
    assert torch.nn.functional.cosine_similarity(hidden, expected, dim=2)[mask > 0].min() > 0.99


def test_photos_come_from_shards_and_from_a_folder(tmp_path: Path) -> None:
    write_shard(tmp_path / "train-0.tar", ["a.png", "b.png"])
    (tmp_path / "train" / "more").mkdir(parents=True)
    photo(7).save(tmp_path / "train" / "more" / "c.png")
    sources = photo_sources(tmp_path, "train")
    read = dict(read_photos(sources))
    assert list(read) == ["a.png", "b.png", "more/c.png"]
    assert read["more/c.png"].tobytes() == photo(7).tobytes()
    with pytest.raises(R2D2Error, match="val"):
        photo_sources(tmp_path, "val")


def test_the_folder_with_captions_is_found(tmp_path: Path) -> None:
    with pytest.raises(R2D2Error, match="none"):
        captioned_folder(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "captions.zh-a.tsv").touch()
    assert captioned_folder(tmp_path) == tmp_path / "photos"
    assert captioned_folder(tmp_path / "photos") == tmp_path / "photos"
    (tmp_path / "captions.zh-a.tsv").touch()
    with pytest.raises(R2D2Error, match="one folder"):
        captioned_folder(tmp_path)


def test_hidden_pieces_are_the_sentences_own() -> None:
    texts = tokenize(TOKENIZER, ["一只狗", "a dog in the snow"], CONFIG.text)
    hidden = hide_pieces(texts, TOKENIZER, CONFIG.text, 0.3, seed=0)
    prefix = len(tokenize(TOKENIZER, [""], CONFIG.text).ids) - 1
    for start, end in pairwise(texts.offsets):
        changed = np.flatnonzero(hidden.ids[start:end] != texts.ids[start:end])
        assert len(changed) >= 1
        assert changed.min() >= prefix
        assert changed.max() < end - start - 1
    again = hide_pieces(texts, TOKENIZER, CONFIG.text, 0.3, seed=0)
    assert (again.ids == hidden.ids).all()
