"""The captioner: its tokenizer, training, decoding and scores."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from synthetic import StoppedError, StoppingLog

from r2d2.architecture.captioner import Captioner, digest_of, load_captioner, save_captioner
from r2d2.data.caption_vocabulary import (
    END,
    MACHINE_TRANSLATED,
    START_TOKENS,
    UNKNOWN,
    caption_text,
    choose_caption_tokenizer,
)
from r2d2.data.captions import CaptionSource, is_sided, references, swap_sides
from r2d2.data.grid_cache import write_grids
from r2d2.errors import R2D2Error
from r2d2.evaluation.caption_scores import (
    CaptionJudge,
    Cider,
    bleu_4,
    chinese_characters,
    english_words,
    spoken_words,
)
from r2d2.evaluation.caption_weights import fitted, weigh, weights_table
from r2d2.evaluation.captions import (
    Candidate,
    CaptionRule,
    CaptionWriter,
    EncodedPhotos,
    caption_candidates,
    greedy_scores,
    measure_captions,
    module_step,
)
from r2d2.evaluation.decoding import (
    Floats,
    Limits,
    Written,
    beam_search,
    content_words,
    log_softmax,
)
from r2d2.export.tiny import tiny_captioner, tiny_config, tiny_model
from r2d2.training.caption import CaptionTrainer, new_captioner
from r2d2.training.caption_data import (
    CaptionData,
    by_kind,
    encode_captions,
    load_caption_data,
    pad_ids,
    start_token,
)
from r2d2.training.caption_run import begin_with
from r2d2.training.config import CaptionConfig
from r2d2.training.run_log import RunLog

CAPTIONS = [
    ("一只狗在雪地里奔跑。", "zh"),
    ("两个孩子在海滩上玩耍。", "zh"),
    ("A dog runs through the snow.", "en"),
    ("Two children play on the beach.", "en"),
]


@pytest.mark.parametrize(("caption", "language"), CAPTIONS)
def test_captions_come_back_as_they_were_written(caption: str, language: str) -> None:
    tokenizer = choose_caption_tokenizer(CAPTIONS * 3, 200)
    ids = tokenizer.encode(caption_text(caption, language), add_special_tokens=False).ids
    assert UNKNOWN not in ids
    assert len(ids) < len(caption) / 1.4
    assert tokenizer.decode([START_TOKENS[language], *ids, END]) == caption


def test_rare_words_are_spelled() -> None:
    tokenizer = choose_caption_tokenizer(CAPTIONS * 3, 0)
    encoding = tokenizer.encode("雪地", add_special_tokens=False)
    assert encoding.tokens == ["雪", "地"]


def test_every_caption_ends_with_a_mark_and_chinese_has_no_spaces() -> None:
    assert caption_text("一只 狗", "zh") == "一只狗。"
    assert caption_text("A  dog", "en") == " A dog."


def test_sides_are_swapped_for_mirrored_photos() -> None:
    assert swap_sides("左边的狗看着右边的猫") == "右边的狗看着左边的猫"
    assert swap_sides("a man left of a dog, right") == "a man right of a dog, left"
    assert swap_sides("Right of it stands a dog") == "Left of it stands a dog"


def test_what_only_holds_the_letters_of_a_side_stays() -> None:
    for caption in ("A bright kite frightened a dog.", "Leftover food", "三十岁左右的男人"):
        assert swap_sides(caption) == caption
        assert not is_sided(caption)


def test_bleu_and_cider_are_those_of_the_coco_evaluation() -> None:
    captions = [
        "a dog runs through the snow",
        "two children play in the sand",
        "a man rides a bike down a hill",
    ]
    references = [
        [
            "a dog runs in the deep snow",
            "a brown dog runs through snow",
            "the dog is running in the snow",
        ],
        ["two children play on the beach", "kids play in the sand", "two kids on a beach"],
        ["a man rides a red bike", "a man on a bike", "the man rides his bike down a hill"],
    ]
    cut = [english_words(caption) for caption in captions]
    wanted = [[english_words(reference) for reference in own] for own in references]
    # Computed with pycocoevalcap 1.2 from the same sentences.
    assert bleu_4(cut, wanted) == pytest.approx(62.92300, abs=1e-4)
    assert Cider(wanted).mean(cut, wanted) == pytest.approx(335.30340, abs=1e-4)
    assert Cider(wanted).score(cut[0], wanted[0]) == pytest.approx(296.75546, abs=1e-4)


def test_captions_are_cut_without_punctuation() -> None:
    assert spoken_words("一只狗，在雪地里。") == ["一只", "狗", "在", "雪地", "里"]
    assert chinese_characters("一只T恤狗，3只。") == [
        "一",
        "只",
        "T".lower(),
        "恤",
        "狗",
        "3",
        "只",
    ]
    assert english_words("A dog's T-shirt.") == ["a", "dog's", "t", "shirt"]


LIMITS = Limits(max_tokens=4, end_token=0)


def chain(seed: int, size: int = 5) -> tuple[Floats, Floats]:
    """A captioner that only looks at the last token: its logits [size, size]."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, size)).astype(np.float32) * 2


def chain_step(table: Floats):
    def step(photos: Floats, ids: np.ndarray, past: Floats | None) -> tuple[Floats, Floats]:
        assert len(photos) == len(ids)
        length = 0 if past is None else past.shape[4]
        assert past is None or past.shape[2] == len(ids)
        return table[ids], np.zeros((1, 2, len(ids), 1, length + 1, 1), np.float32)

    return step


def every_caption(table: Floats, start: int) -> list[Written]:
    """All captions of one to three words, likeliest first."""
    scores = log_softmax(table)
    words = range(1, len(table))
    found = []
    for length in range(1, LIMITS.max_tokens):
        for ids in itertools.product(words, repeat=length):
            steps = itertools.pairwise((start, *ids, LIMITS.end_token))
            found.append(Written(ids, float(sum(scores[a, b] for a, b in steps))))
    return sorted(found, key=lambda caption: -caption.log_probability)


@pytest.mark.parametrize("seed", range(4))
def test_a_wide_beam_finds_the_likeliest_captions(seed: int) -> None:
    table = chain(seed)
    photos = np.zeros((3, 1, 1), np.float32)
    # So wide that no end is too improbable to be one, the ends at the limit included.
    found = beam_search(chain_step(table), photos, 4, LIMITS, beams=400)
    expected = {caption.ids: caption.log_probability for caption in every_caption(table, 4)}
    for own in found:
        assert {caption.ids: caption.log_probability for caption in own} == pytest.approx(
            expected, abs=1e-4
        )


def test_captions_are_cut_off_at_the_limit_with_an_end() -> None:
    table = np.zeros((8, 8), np.float32)
    table[:, 0] = -50  # an end that never comes by itself
    photos = np.zeros((2, 1, 1), np.float32)
    for own in beam_search(chain_step(table), photos, 1, LIMITS, beams=2):
        assert own
        assert all(len(caption.ids) == LIMITS.max_tokens - 1 for caption in own)
        assert not any(caption.finished for caption in own)


def test_captions_that_run_into_the_limit_make_way_for_finished_ones() -> None:
    table = np.full((8, 8), -20, np.float32)
    table[4, [1, 2]] = 0  # after the start: 1, which goes on and on, or 2, which ends
    table[1, [1, 3]] = table[3, [1, 3]] = table[2, 0] = 0
    photos = np.zeros((2, 1, 1), np.float32)
    for own in beam_search(chain_step(table), photos, 4, LIMITS, beams=2):
        assert {caption.ids for caption in own} == {(2,)}
        assert all(caption.finished for caption in own)


def test_contrast_follows_what_fits_this_photo_rather_than_any() -> None:
    def step(photos: Floats, ids: np.ndarray, past: Floats | None) -> tuple[Floats, Floats]:
        """2 is always likely; 3 only of a photo. Then it ends."""
        length = 0 if past is None else past.shape[4]
        logits = np.full((len(ids), 5), -9, np.float32)
        for row, photo in enumerate(photos):
            logits[row, [2, 3]] = (-0.5, -0.7) if photo.any() else (-0.1, -3.0)
            if length == 1:
                logits[row] = [0, -9, -9, -9, -9]
        return logits, np.zeros((1, 2, len(ids), 1, length + 1, 1), np.float32)

    photos = np.ones((2, 1, 1), np.float32)
    plain = beam_search(step, photos, 4, Limits(6, 0), beams=1)
    against = beam_search(step, photos, 4, Limits(6, 0, contrast=0.3), beams=1)
    assert [own[0].ids for own in plain] == [(2,)] * 2
    assert [own[0].ids for own in against] == [(3,)] * 2
    expected = [
        log_softmax(np.array(row, np.float32))[token]
        for row, token in (([-9, -9, -0.5, -0.7, -9], 3), ([0, -9, -9, -9, -9], 0))
    ]
    assert against[0][0].log_probability == pytest.approx(sum(expected), abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_content_words_are_said_once(seed: int) -> None:
    tokenizer = choose_caption_tokenizer(CAPTIONS * 3, 200)
    once = {tokenizer.decode([token]).strip() for token in content_words(tokenizer)}
    assert {"dog", "runs", "snow", "children"} <= once
    assert not once & {"the", "on", "a", "A", "一只", "狗", "."}
    table = chain(seed)
    photos = np.zeros((3, 1, 1), np.float32)
    limits = Limits(9, 0, frozenset({1, 2, 3}))

    def repeats(own: Written) -> int:
        return len([i for i in own.ids if i in limits.once]) - len(set(own.ids) & limits.once)

    for own in beam_search(chain_step(table), photos, 4, limits, beams=4):
        assert own
        assert not any(map(repeats, own))


def test_the_length_penalty_evens_out_length() -> None:
    short, long = Written((1,), -3.0), Written((1, 2, 3), -5.0)
    assert short.score(0) > long.score(0)
    assert short.score(1) < long.score(1)


def test_texts_of_one_photo_share_its_tokens() -> None:
    captioner = tiny_captioner(tiny_config(100)).model
    photos = torch.randn(2, 16, 16, generator=torch.Generator().manual_seed(0))
    ids = torch.randint(0, 46, (6, 5), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        shared = captioner.sequence_states(photos, ids)
        alone = captioner.sequence_states(photos.repeat_interleave(3, 0), ids)
    torch.testing.assert_close(shared, alone)


def tiny_data() -> CaptionData:
    """Photos of two kinds, each with its captions."""
    tokenizer = choose_caption_tokenizer(CAPTIONS * 3, 200)
    rng = np.random.default_rng(0)
    kind = np.arange(64) % 2
    photos = (rng.normal(size=(2, 4, 8))[kind] + 0.1 * rng.normal(size=(64, 4, 8))).astype("f4")
    names = [f"{i}.jpg" for i in range(64)]
    sources = []
    for language in ("zh", "en"):
        texts = [caption for caption, own in CAPTIONS if own == language]
        captions = {name: [texts[k]] for name, k in zip(names, kind, strict=True)}
        sources.append(CaptionSource(f"{language}-human", language, captions))
    targets = {
        START_TOKENS[source.language]: encode_captions([source], names, tokenizer, 24)
        for source in sources
    }
    views = [torch.from_numpy(photos)] * 2
    return CaptionData(tokenizer, views, targets, photos[:8], references(sources, names[:8]))


OPTIONS = CaptionConfig(
    epochs=12,
    photos=16,
    captions=1,
    english=1.0,
    learning_rate=1e-2,
    dropout=0.0,
    hidden_tokens=0.0,
    average=0.8,
    layers=1,
    width=32,
    heads=2,
    mlp_width=64,
    max_tokens=16,
)


def tiny_trainer(
    folder: Path,
    data: CaptionData,
    log: RunLog | None = None,
    options: CaptionConfig = OPTIONS,
) -> CaptionTrainer:
    torch.manual_seed(0)
    captioner = new_captioner(options, data.tokenizer.get_vocab_size(), 4, 8)
    return CaptionTrainer(captioner, data, options, 0, log or RunLog(folder))


def captions_of(captioner: Captioner, data: CaptionData, language: str) -> list[str]:
    limits = Limits(OPTIONS.max_tokens, END)
    photos = np.asarray(data.val_photos[:2])
    found = beam_search(module_step(captioner), photos, START_TOKENS[language], limits, 1)
    return [data.tokenizer.decode(list(own[0].ids)) for own in found]


def test_the_captioner_learns_what_photos_show_in_both_languages(tmp_path: Path) -> None:
    data = tiny_data()
    captioner = tiny_trainer(tmp_path, data).train(tmp_path / "state.pt")
    path = tmp_path / "captioner.pt"
    save_captioner(path, captioner)
    data.tokenizer.save(str(tmp_path / "caption-tokenizer.json"))
    kept = load_captioner(path, tmp_path / "any model, as none is noted")
    for model in (captioner, kept.model):
        assert captions_of(model, data, "zh") == [CAPTIONS[0][0], CAPTIONS[1][0]]
        assert captions_of(model, data, "en") == [CAPTIONS[2][0], CAPTIONS[3][0]]


def test_a_captioner_belongs_to_the_model_whose_tokens_it_learned_from(tmp_path: Path) -> None:
    data, path = tiny_data(), tmp_path / "captioner.pt"
    captioner = new_captioner(OPTIONS, data.tokenizer.get_vocab_size(), 4, 8)
    data.tokenizer.save(str(tmp_path / "caption-tokenizer.json"))
    own, other = tmp_path / "own.pt", tmp_path / "other.pt"
    own.write_bytes(b"own")
    other.write_bytes(b"other")
    save_captioner(path, captioner, checkpoint=digest_of(own))
    load_captioner(path, own)
    with pytest.raises(R2D2Error, match=r"trained on another checkpoint than .*other\.pt"):
        load_captioner(path, other)


def test_captions_are_learned_from_the_photos_of_the_data_alone(tmp_path: Path) -> None:
    cache, model = tmp_path / "cache", tiny_model(tiny_config(9))
    (tmp_path / "train").mkdir()
    (tmp_path / "captions.zh-club.tsv").touch()
    Image.new("RGB", (32, 32)).save(tmp_path / "train" / "a.png")
    with pytest.raises(R2D2Error, match="holds no photos: name the --cache"):
        load_caption_data(model, tmp_path, cache, OPTIONS)
    backbone, image = model.image_encoder.backbone, model.config.image
    write_grids(cache / "train", [tmp_path / "train"], backbone, image, views=1)
    Image.new("RGB", (32, 32)).save(tmp_path / "train" / "b.png")
    with pytest.raises(R2D2Error, match="holds other photos than"):
        load_caption_data(model, tmp_path, cache, OPTIONS)


def source(name: str, *captions: str, photos: int = 3) -> CaptionSource:
    """The same captions of every photo."""
    own = {f"{i}.jpg": list(captions) for i in range(photos)}
    return CaptionSource(name, name.split("-")[0], own)


def test_a_photo_has_the_captions_of_all_sources_of_a_kind() -> None:
    tokenizer = choose_caption_tokenizer(CAPTIONS * 3, 200)
    sources = [source("zh-club", "一只狗。"), source("zh-web", "孩子。", "孩子在海滩上。")]
    targets = encode_captions(sources, ["0.jpg", "2.jpg"], tokenizer, 24)
    for ids in targets.ids[0]:
        assert {own[0] for own in ids} == {START_TOKENS["zh"]}
        written = [tokenizer.decode(own) for own in ids]
        assert written == ["一只狗。", "孩子。", "孩子在海滩上。"]
    assert all(odds.sum() == pytest.approx(1) for odds in targets.odds)


def test_a_source_is_of_the_kind_that_its_language_and_name_say() -> None:
    names = ("en-web", "zh-club", "zh-machine", "zh-web", "zh-by-machine")
    kinds = by_kind([source(name) for name in names])
    assert {kind: [own.name for own in found] for kind, found in kinds.items()} == {
        START_TOKENS["en"]: ["en-web"],
        START_TOKENS["zh"]: ["zh-club", "zh-web"],
        MACHINE_TRANSLATED: ["zh-machine", "zh-by-machine"],
    }
    with pytest.raises(R2D2Error, match=r"wrote in Chinese.*: en-web, zh-machine"):
        by_kind([source("en-web"), source("zh-machine")])


@pytest.mark.parametrize(
    ("names", "english", "learned"),
    [
        (("en-web", "zh-club", "zh-machine"), 1.0, {"en-web", "zh-club"}),
        (("en-web", "zh-club", "zh-machine"), 0.0, {"zh-club", "zh-machine"}),
        (("zh-club", "zh-machine"), 1.0, {"zh-club", "zh-machine"}),
        (("en-web", "zh-club"), 0.0, {"en-web", "zh-club"}),
        (("zh-club",), 0.5, {"zh-club"}),
    ],
)
def test_a_step_takes_one_caption_beside_the_chinese_ones_of_what_there_is(
    tmp_path: Path, names: tuple[str, ...], english: float, learned: set[str]
) -> None:
    data = tiny_data()
    photos = [f"{i}.jpg" for i in range(64)]
    targets = {}
    for name in names:
        caption = next(caption for caption, language in CAPTIONS if name.startswith(language))
        own = source(name, caption, photos=64)
        targets[start_token(own)] = encode_captions([own], photos, data.tokenizer, 24)
    options = replace(OPTIONS, english=english, captions=3)
    trainer = tiny_trainer(tmp_path, replace(data, targets=targets), options=options)
    losses = trainer._step(np.arange(16))
    assert set(losses) == learned
    assert sum(trainer._counts().values()) == 3 + len(learned) - 1


def test_references_are_what_people_wrote_in_a_language() -> None:
    sources = [source("zh-a", "狗"), source("zh-machine", "犬"), source("zh-b", "猫", "两只猫")]
    assert references(sources, ["0.jpg", "1.jpg"]) == {"zh": [["狗", "猫", "两只猫"]] * 2}
    with pytest.raises(R2D2Error, match=r"captions\.zh-a\.tsv: 1 photos .* 9\.jpg first"):
        references(sources, ["0.jpg", "9.jpg"])


def test_a_language_without_references_is_not_scored() -> None:
    data = tiny_data()
    captioner = new_captioner(OPTIONS, data.tokenizer.get_vocab_size(), 4, 8).eval()
    only = {"zh": data.val_references["zh"]}
    figures = greedy_scores(captioner, data.tokenizer, data.val_photos, only)
    assert {name.split()[0] for name in figures} == {"zh"}


def test_a_stopped_training_ends_with_the_weights_that_it_would_have_ended_with(
    tmp_path: Path,
) -> None:
    data = tiny_data()
    whole = tiny_trainer(tmp_path, data).train(tmp_path / "whole.state")
    state = tmp_path / "stopped.state"
    with pytest.raises(StoppedError):
        tiny_trainer(tmp_path, data, StoppingLog(tmp_path)).train(state)
    resumed = tiny_trainer(tmp_path, data).train(state)
    for mine, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=0, rtol=0)


def test_a_training_does_not_go_on_for_another_model(tmp_path: Path) -> None:
    data, state = tiny_data(), tmp_path / "captioner.state"
    tiny_trainer(tmp_path, data).train(state)
    other = tiny_trainer(tmp_path, data)
    other.about = {"checkpoint": "another"}
    with pytest.raises(R2D2Error, match="other options"):
        other.train(state)


def test_targets_are_padded_and_cut() -> None:
    assert pad_ids([[3, 5, 2], [3, 2]], 8).tolist() == [[3, 5, 2], [3, 2, 0]]
    assert pad_ids([[3, 5, 6, 2], [3, 2]], 3).tolist() == [[3, 5, 6], [3, 2, 0]]


class KnownMatches:
    """An encoder for which a photo matches and looks like what it is told, and nothing else."""

    rerank_weights = (1.0, 0.0)
    has_ranker = True
    captions = None

    def __init__(self, right: str) -> None:
        self.right = right

    def photos(self, photos: list[Image.Image]) -> tuple[torch.Tensor, torch.Tensor]:
        raise NotImplementedError

    def texts(self, texts: list[str]) -> tuple[torch.Tensor, list[torch.Tensor]]:
        tokens = [torch.full((1, 1), float(text == self.right)) for text in texts]
        return torch.stack([own[0] for own in tokens]), tokens

    def match(
        self, image_tokens: torch.Tensor, rows: torch.Tensor, text_tokens: list[torch.Tensor]
    ) -> torch.Tensor:
        known = torch.tensor([[0.05 + 0.9 * float(tokens[0, 0])] for tokens in text_tokens])
        return known.expand(rows.shape)


def test_matches_choose_among_the_candidates() -> None:
    data = tiny_data()
    ids = {
        text: data.tokenizer.encode(text, add_special_tokens=False).ids
        for text in ("一只狗。", "两个孩子在海滩上玩耍。")
    }
    vocabulary = data.tokenizer.get_vocab_size()
    first, second = (ids[text] for text in ("一只狗。", "两个孩子在海滩上玩耍。"))

    def step(photos: Floats, last: np.ndarray, past: Floats | None) -> tuple[Floats, Floats]:
        """Writes the first or, a little less likely, the second caption, whatever the photo."""
        logits = np.full((len(last), vocabulary), -100, np.float32)
        for row, token in enumerate(last):
            for caption, value in ((first, 0.1), (second, 0.0)):
                path = [START_TOKENS["zh"], *caption, END]
                for here, there in itertools.pairwise(path):
                    if here == token:
                        logits[row, there] = value
        length = 0 if past is None else past.shape[4]
        return logits, np.zeros((1, 2, len(last), 1, length + 1, 1), np.float32)

    writer = CaptionWriter(step, data.tokenizer, {"zh": START_TOKENS["zh"]}, Limits(16, END))
    judge = CaptionJudge([["两个孩子在海滩上玩耍。"]] * 2, "zh")
    rule = CaptionRule(beams=6, length_penalty=0.0, match_weight=1.0, cosine_weight=0.0)
    encoder = KnownMatches("两个孩子在海滩上玩耍。")
    photos = EncodedPhotos(torch.ones(2, 1), torch.zeros(2, 1, 1))
    candidates = caption_candidates(encoder, writer, photos, "zh", rule)
    figures = measure_captions(candidates, judge, rule)
    assert figures["without re-ranking"]["BLEU-4 by word"] < 50
    assert figures["re-ranked"]["BLEU-4 by word"] == pytest.approx(100)
    assert figures["re-ranked"]["distinct"] == 50
    by_cosine = CaptionRule(beams=6, length_penalty=0.0, match_weight=0.0, cosine_weight=1.0)
    assert measure_captions(candidates, judge, by_cosine)["re-ranked"] == figures["re-ranked"]
    for chosen in figures.values():
        assert chosen["unknown tokens"] == chosen["unfinished"] == 0
    unfinished = [[Candidate("一只狗", 0.0, 0.0, 0.0, finished=False, unknown=True)]] * 2
    counted = measure_captions(unfinished, judge, rule)["re-ranked"]
    assert (counted["unfinished"], counted["unknown tokens"]) == (2, 2)


def test_the_judge_scores_as_the_corpus_does() -> None:
    captions = ["一只狗在雪地里。", "两个孩子。", "一个人。"]
    references = [
        ["一只狗在雪地里奔跑。", "狗"],
        ["两个孩子在海滩上玩耍。", "孩子"],
        ["一个人。"] * 2,
    ]
    figures = CaptionJudge(references, "zh").figures(captions)
    cut = [chinese_characters(caption) for caption in captions]
    wanted = [[chinese_characters(text) for text in own] for own in references]
    assert figures["CIDEr by character"] == pytest.approx(Cider(wanted).mean(cut, wanted))
    assert figures["BLEU-4 by character"] == bleu_4(cut, wanted)


def test_weights_are_fitted_on_half_of_the_photos() -> None:
    """On even photos match and cosine are right, on odd ones they are wrong."""
    names = [f"人{chr(0x4E00 + i)}" for i in range(6)]

    def candidate(text: str, score: float, sign: float) -> Candidate:
        return Candidate(text, score, sign, sign / 4, finished=True, unknown=False)

    candidates = [
        [candidate(names[i], -1.0, 1.0 if i % 2 == 0 else -1.0), candidate("狗", -0.9, 0.0)]
        for i in range(6)
    ]
    judge = CaptionJudge([[name] for name in names], "zh")
    weighed = weigh(candidates, judge, (0.0, 0.5), (0.0, 1.0))
    nothing, match, cosine, both = weighed
    assert (match.match, match.cosine, cosine.match, cosine.cosine) == (0.5, 0.0, 0.0, 1.0)
    assert nothing.even == nothing.odd == match.odd < match.even == cosine.even == both.even
    assert weighed[fitted({"zh": weighed})] is match
    table = weights_table({"zh": weighed}).splitlines()
    assert [line.endswith("fitted on even photos") for line in table[1:]] == [False, True] + [
        False
    ] * 2


def test_an_older_captioner_fits_photos_of_more_cells() -> None:
    def captioner(cells: int) -> Captioner:
        torch.manual_seed(0)
        return new_captioner(CaptionConfig(layers=1, width=8, heads=2, mlp_width=8), 50, cells, 4)

    older, finer = captioner(4), captioner(9)
    corners = torch.arange(16.0).view(4, 4)
    older.memory.positions.data.copy_(corners)
    begin_with(finer, older)
    positions = finer.memory.positions
    assert torch.equal(positions[[0, 2, 6, 8]], corners)
    assert torch.allclose(positions[4], corners.mean(0))
    assert torch.equal(finer.words.weight, older.words.weight)
