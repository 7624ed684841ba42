from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from r2d2.evaluation.reliability import Tenth, reliability, reliability_diagram
from r2d2.evaluation.reranking import Reranked, accuracy, area_under_curve, pair_rows
from r2d2.evaluation.retrieval import photo_to_text, text_to_photo
from r2d2.evaluation.short_queries import fitting, precision_at_10, read_short_queries
from r2d2.evaluation.zero_shot import name_agreement
from r2d2.training.calibrate import (
    fit_calibration,
    fit_evidence,
    fit_rerank_weights,
)

SVG = "{http://www.w3.org/2000/svg}"


def test_recall_counts_both_ways() -> None:
    photos = torch.eye(4)
    photos[2, 1] = 0.5
    # The third text is of the first photo, and the third photo looks like the second.
    texts = torch.stack((photos[0], photos[1], photos[0], photos[3]))
    owner = torch.tensor([0, 1, 2, 3])
    assert text_to_photo(texts, photos, owner)["R@1"] == 75.0
    assert text_to_photo(texts, photos, owner)["R@10"] == 100.0
    assert photo_to_text(texts, photos, owner)["R@1"] == 75.0


def test_reranking_moves_the_right_photo_up_or_down() -> None:
    reranked = Reranked(
        photos=torch.tensor([[3, 1], [2, 0]]),
        cosines=torch.tensor([[0.5, 0.4], [0.6, 0.5]]),
        match=torch.tensor([[0.2, 0.9], [0.8, 0.1]]),
        right=torch.tensor([1, 2]),
    )
    assert reranked.recall_before() == 50.0
    assert reranked.recall_before(10) == reranked.recall_at_10(0.0, 1.0) == 100.0
    assert reranked.recall_at_1(1.0, 1.0) == 100.0
    assert reranked.recall_at_1(0.0, 1.0) == 50.0
    # A ranker that is right keeps its say, one that is wrong loses it to the cosine.
    match, cosine = fit_rerank_weights([reranked])
    assert reranked.recall_at_1(match, cosine) == 100.0
    wrong = Reranked(reranked.photos, reranked.cosines, 1 - reranked.match, reranked.photos[:, 0])
    match, cosine = fit_rerank_weights([wrong])
    assert wrong.recall_at_1(match, cosine) == 100.0


def test_area_under_curve_is_the_share_of_ordered_pairs() -> None:
    truth = torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert area_under_curve(torch.tensor([0.9, 0.8, 0.2, 0.1]), truth) == 1.0
    assert area_under_curve(torch.tensor([0.9, 0.1, 0.5, 0.1]), truth) == 0.625


def test_accuracy_is_the_share_on_the_right_side_of_one_half() -> None:
    truth = torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert accuracy(torch.tensor([0.9, 0.2, 0.4, 0.1]), truth) == 75.0


def test_calibration_makes_probabilities_mean_what_they_say() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(8000, generator=generator)
    truth = (torch.rand(8000, generator=generator) < logits.sigmoid()).float()
    overconfident = (3 * logits + 1).sigmoid()
    calibration = fit_calibration(3 * logits + 1, truth)
    assert abs(calibration.scale - 1 / 3) < 0.03
    for row in reliability(calibration.apply(overconfident), truth):
        assert abs(row.said - row.was) < 0.08


def test_a_reliability_diagram_shows_every_tenth_that_holds_pairs() -> None:
    rows = [Tenth(0.1, 0.0, 30), Tenth(0.5, 0.5, 10), Tenth(0.9, 1.0, 60)]
    root = ElementTree.fromstring(reliability_diagram(rows))
    circles = [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in root.iter(f"{SVG}circle")]
    assert len(circles) == 3
    # To the right and, as y runs down, upwards.
    assert circles == sorted(circles)
    assert [y for _, y in circles] == sorted((y for _, y in circles), reverse=True)
    heights = [float(bar.get("height", 0)) for bar in root.findall(f"{SVG}g/{SVG}rect")]
    assert heights[2] == 2 * heights[0] == 6 * heights[1]


def test_short_queries_match_words_from_their_beginning(tmp_path: Path) -> None:
    path = tmp_path / "queries.tsv"
    path.write_text("dog\t狗|dog\nsnow dog\t雪|snow&狗|dog\n", encoding="utf-8")
    dog, both = read_short_queries(path)
    assert dog.fits("two dogs play")
    assert dog.fits("一只狗")
    assert not dog.fits("a hotdog")
    assert both.fits("a dog in the 雪")
    assert not both.fits("a dog")


def test_precision_counts_what_fits_among_the_first_ten() -> None:
    fits = torch.tensor([[True] * 5 + [False] * 7])
    assert precision_at_10(fits, torch.arange(12)[None]) == 0.5
    assert precision_at_10(fits, torch.arange(11, -1, -1)[None]) == pytest.approx(0.3)


def test_only_queries_that_ten_photos_fit_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "queries.tsv"
    path.write_text("dog\tdog\ncat\tcat\n", encoding="utf-8")
    queries = read_short_queries(path)
    kept, fits = fitting(queries, ["a dog"] * 10 + ["a cat"] * 9)
    assert [query.text for query in kept] == ["dog"]
    assert fits.tolist() == [[True] * 10 + [False] * 9]
    assert fitting(queries, ["a dog"] * 9)[0] == []


def test_near_misses_by_photo_and_by_text_are_wrong_photos() -> None:
    photos = torch.eye(4)
    photos[2, 1] = 1.0
    candidates = torch.tensor([[1, 0], [3, 1], [2, 3]])
    rows = pair_rows(candidates, torch.tensor([1, 2, 2]), photos)
    assert rows[:, 0].tolist() == [1, 2, 2]
    assert rows[:, 1].tolist() == [0, 3, 3]
    # The photos of rows 1 and 2 look alike.
    assert rows[:, 2].tolist() == [2, 1, 1]
    assert all(row[0] != row[3] for row in rows.tolist())


def test_evidence_that_tells_matches_and_orders_gets_the_weight() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = (torch.rand(2000, generator=generator) < 0.5).float()
    noise = torch.randn(2000, 2, generator=generator)
    noise[:, 0] += 2 * truth
    right = torch.randint(8, (400,), generator=generator)
    lists = torch.randn(400, 8, 2, generator=generator)
    lists[torch.arange(400), right, 0] += 2
    useful, useless = fit_evidence(noise, truth, lists, right).tolist()
    assert useful > 1
    # Even useless evidence keeps a twentieth.
    assert useless == pytest.approx(useful / 20)


def test_brevity_neither_lifts_the_least_weight_nor_is_lifted_by_it() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = (torch.rand(4000, generator=generator) < 0.5).float()
    pairs = torch.randn(4000, 5, generator=generator)
    pairs[:, 0] += 2 * truth
    # In a unit of its own: a tenth as wide, so that its weight is the highest.
    pairs[:, 4] = 0.1 * (pairs[:, 4] + 2 * truth)
    right = torch.randint(8, (400,), generator=generator)
    lists = torch.randn(400, 8, 5, generator=generator)
    lists[torch.arange(400), right, 0] += 2
    # The same for all candidates of a query.
    lists[:, :, 4] = 0.1 * lists[:, :1, 4]
    weights = fit_evidence(pairs, truth, lists, right)
    assert weights[4] > 5 * weights[0]
    torch.testing.assert_close(weights[1:4], weights[:1].expand(3) / 20)


def test_our_own_short_queries_can_be_read() -> None:
    queries = read_short_queries()
    assert len(queries) >= 60
    assert any(query.text.isascii() for query in queries)
    assert not all(query.text.isascii() for query in queries)


def test_name_agreement_counts_classes_alike_and_only_sure_photos() -> None:
    names = torch.eye(3)
    photos = torch.stack((names[0], names[0], names[0], names[2], names[1]))
    teacher = torch.tensor(
        [[0.9, 0.1, 0], [0.9, 0.1, 0], [0.9, 0.1, 0], [0.1, 0.9, 0], [0.4, 0.3, 0.3]]
    )
    assert name_agreement(names, photos, teacher)["top-1"] == 50.0


def test_a_classifier_that_is_sure_of_no_photo_gives_no_figure() -> None:
    assert name_agreement(torch.eye(3), torch.eye(3), torch.full((3, 3), 1 / 3)) == {}
