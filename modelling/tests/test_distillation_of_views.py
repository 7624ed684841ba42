"""The photo encoder taught by its own readings of larger photos."""

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageOps
from synthetic import CONFIG, DISTIL, StoppedError, StoppingLog, photo, taught_photos, tiny_corpus
from torch import Tensor

from r2d2.data.photos import to_pixels
from r2d2.training.backbone import read_grids
from r2d2.training.run_log import RunLog
from r2d2.training.view_student import ViewStudent
from r2d2.training.view_teacher import mean_embeddings, photo_targets, unit_parts

SIZE = CONFIG.image.size


def mirrored_whole(photo: Image.Image) -> Image.Image:
    """A photo that is its own mirror image: its left half twice."""
    half = photo.crop((0, 0, photo.width // 2, photo.height))
    whole = Image.new("RGB", photo.size)
    whole.paste(half, (0, 0))
    whole.paste(ImageOps.mirror(half), (photo.width // 2, 0))
    return whole


def test_a_photo_that_is_its_own_mirror_image_is_taught_what_is_said_of_it() -> None:
    _, _, model = tiny_corpus()
    encoder = model.image_encoder
    photos = [mirrored_whole(photo(seed, SIZE)) for seed in range(3)]
    said, _ = encoder(to_pixels(photos, CONFIG.image))
    taught = mean_embeddings(encoder, CONFIG.image, photos, (SIZE,))
    expected = unit_parts(said, encoder.hubness.widths).detach()
    nearness = torch.nn.functional.normalize(taught) @ torch.nn.functional.normalize(expected).T
    # Each photo's own, more than another's.
    assert nearness.diagonal().min() > 0.999
    assert torch.equal(nearness.argmax(1), torch.arange(len(photos)))


def test_the_teacher_is_the_mean_of_all_readings() -> None:
    _, _, model = tiny_corpus()
    encoder = model.image_encoder
    photos = [photo(seed, 2 * SIZE) for seed in range(3)]
    sizes = (SIZE, 2 * SIZE)
    alone = [mean_embeddings(encoder, CONFIG.image, photos, (size,)) for size in sizes]
    both = mean_embeddings(encoder, CONFIG.image, photos, sizes)
    # What a size alone teaches has unit length again, so their mean is near, not the same.
    near = unit_parts(alone[0] + alone[1], encoder.hubness.widths)
    assert (alone[0] * alone[1]).sum(1).max() < 0.999 * (both * both).sum(1).min()
    torch.testing.assert_close(both, near, atol=0.05, rtol=0.05)
    mirrored = mean_embeddings(encoder, CONFIG.image, map(ImageOps.mirror, photos), sizes)
    torch.testing.assert_close(both, mirrored, atol=0.01, rtol=0.01)


def test_no_labelled_photo_that_is_held_back_is_read(tmp_path: Path) -> None:
    corpus, _, model = tiny_corpus()
    (tmp_path / "captions.zh-tiny.tsv").write_text("0.jpg\t一只狗\ttrain\n", encoding="utf-8")
    (tmp_path / "train").mkdir()
    photo(0, SIZE).save(tmp_path / "train/0.jpg")
    (tmp_path / "labelled").mkdir()
    held_back = corpus.labelled.held_back
    with tarfile.open(tmp_path / "labelled/kinds-00.tar", "w") as archive:
        for row, name in enumerate(corpus.labelled.photos):
            file = tmp_path / name
            if held_back[row]:
                file.write_text("no photo")
            else:
                photo(row, SIZE).save(file)
            archive.add(file, name)
    sizes = (SIZE,)
    train, labelled = photo_targets(model.image_encoder, CONFIG.image, corpus, tmp_path, sizes)
    assert (len(train), len(labelled)) == (1, (~held_back).sum())


def student(seed: int = 0, share: float = 1.0) -> ViewStudent:
    corpus, _, model = tiny_corpus(noise=6.0)
    options = replace(DISTIL, share=share)
    return ViewStudent(model.image_encoder, taught_photos(corpus, model), options, seed)


def distance(learner: ViewStudent) -> float:
    """How far what the encoder says of the plain photos is from what it is taught."""
    taught = learner.taught[0]
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        read = read_grids(learner.encoder, taught.grids, taught.features, taught.rows, 0)
        said: Tensor = learner.encoder.embedding_head(read).float()
    return float(1 - torch.cosine_similarity(said, taught.targets).mean())


def test_a_student_says_what_it_is_taught(tmp_path: Path) -> None:
    learner = student()
    lower = learner.encoder.backbone.lower
    kept = {name: value.clone() for name, value in lower.state_dict().items()}
    before = distance(learner)
    learner.train(RunLog(tmp_path), tmp_path / "photo-encoder.state")
    assert distance(learner) < before / 2
    # What the caches were read with stays as it was.
    for name, value in lower.state_dict().items():
        torch.testing.assert_close(value, kept[name], rtol=0, atol=0)


def test_a_student_that_was_stopped_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = student()
    whole.train(RunLog(tmp_path), tmp_path / "whole.state")
    with pytest.raises(StoppedError):
        student().train(StoppingLog(tmp_path), tmp_path / "student.state")
    resumed = student(seed=5)
    resumed.train(RunLog(tmp_path), tmp_path / "student.state")
    for name, value in whole.parts.state_dict().items():
        torch.testing.assert_close(resumed.parts.state_dict()[name], value)


def test_a_student_goes_only_a_share_of_the_way(tmp_path: Path) -> None:
    begun, whole, half = student(), student(), student(share=0.5)
    for name, learner in (("whole", whole), ("half", half)):
        learner.train(RunLog(tmp_path), tmp_path / f"{name}.state")
    learned, kept = whole.parts.state_dict(), begun.parts.state_dict()
    for name, value in half.parts.state_dict().items():
        torch.testing.assert_close(value, (learned[name] + kept[name]) / 2)
