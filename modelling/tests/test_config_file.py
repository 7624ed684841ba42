from dataclasses import replace
from pathlib import Path

import pytest

from r2d2.errors import R2D2Error
from r2d2.training.config import (
    AlignConfig,
    DistilConfig,
    ExpertPlan,
    RankConfig,
    TrainConfig,
    TuneConfig,
)
from r2d2.training.config_file import load_config


def test_an_unknown_option_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[align]\nepoch = 3\n", encoding="utf-8")
    with pytest.raises(R2D2Error, match="epoch"):
        load_config(path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[ranks]\nepochs = 3\n", "ranks"),
        ("sed = 3\n", "sed"),
        ("[model.imge]\nsize = 3\n", "imge"),
        ('[[expert]]\nname = "a"\n[[expert]]\nname = "a"\n', "a name of its own"),
        ("seed = \n", "no TOML"),
        ("views = 7\n", "views = 7, but there are 1 to 6"),
        ("views = 0\n", "views = 0"),
        ("views = 2.0\n", "views = 2.0, but it is a whole number"),
        ('[rank]\nepochs = "3"\n', r"\[rank\] epochs = '3', but it is a whole number"),
        ("[align]\nbatch = true\n", "batch = True, but it is a whole number"),
        ("[align]\nmixup = false\n", "mixup = False, but it is a number"),
        ("tune = 3\n", r"tune = 3, but it is a table: write \[tune\]"),
        ("[expert]\nepochs = 3\n", r"write \[\[expert\]\]"),
        ("[[expert]]\nwidth = 64\n", "a name of its own"),
        ("[model.image]\nstages = []\n", "stages"),
        ("[tune]\nalign = { queue = 512 }\n", r"unknown keys for \[tune.align\]: queue"),
    ],
)
def test_a_misspelt_configuration_is_an_error(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(R2D2Error, match=named):
        load_config(path)


def test_the_sizes_that_a_teacher_reads_come_from_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("[distil]\nepochs = 2\nbatch = 600\nsizes = [64, 96]\n", encoding="utf-8")
    options = load_config(path)
    assert options.distil == DistilConfig(epochs=2, batch=600, sizes=(64, 96))
    assert 600 in options.batches


def test_the_batches_are_those_of_stages_that_are_trained() -> None:
    expert = ExpertPlan("a", align=AlignConfig(batch=64))
    options = TrainConfig(
        experts=(expert,), rank=RankConfig(batch=32), tune=TuneConfig(align=AlignConfig(batch=99))
    )
    assert options.batches == {32, 64}
    assert replace(options, tune=replace(options.tune, epochs=1)).batches == {32, 64, 99}
    gated = replace(options, experts=(expert, expert), gate=AlignConfig(batch=80))
    assert gated.batches == {32, 64, 80}


def test_the_shipped_configurations_can_be_read() -> None:
    folder = Path(__file__).parents[1] / "configs"
    found = sorted(folder.glob("*.toml"))
    assert found
    for path in found:
        assert all(plan.align.epochs > 0 for plan in load_config(path).experts)


def test_what_all_heads_share_may_be_more_than_a_tuned_encoder_reads(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("[align]\nname_weight = 2\n[tune]\nepochs = 1\n", encoding="utf-8")
    options = load_config(path)
    assert options.experts[0].align.name_weight == options.tune.align.name_weight == 2


def test_a_file_that_is_not_utf_8_is_no_configuration(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes("# 模型".encode("gbk"))
    with pytest.raises(R2D2Error, match=r"run\.toml is no TOML"):
        load_config(path)
