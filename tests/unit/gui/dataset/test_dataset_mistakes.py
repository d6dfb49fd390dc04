"""What the champion mixes up, and how often it is right: from an evaluation and from a verdict."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.dataset.mistakes import (
    draw_mix_ups,
    draw_recalls,
    say_left_out,
    say_mix_ups,
    say_recalls,
)
from gui.dataset.skill import Recall, Skill, from_evaluation, from_verdict
from gui.dataset.words import to_crop
from models.artifact import EVALUATION_FILE, load_card

NAMES = ("apple__healthy", "maize__common_rust", "maize__healthy", "tomato__late_blight")


def make_recall(share: float, num_images: int = 28) -> Recall:
    return Recall(num_images=num_images, share=share, low=max(share - 0.1, 0), high=share)


SKILL = Skill(
    model_version="v1",
    recalls={
        "val": {
            "apple__healthy": make_recall(0.5, num_images=2),
            "maize__common_rust": make_recall(1.0),
            "maize__healthy": make_recall(0.9),
            "tomato__late_blight": make_recall(1.0),
        },
        "field": {"maize__common_rust": make_recall(0.6, num_images=15)},
    },
    class_names=NAMES,
    confusion=((1, 1, 0, 0), (0, 28, 0, 0), (0, 3, 25, 0), (0, 0, 0, 28)),
)


def test_the_two_that_are_mixed_up_most_are_named() -> None:
    assert say_mix_ups(SKILL, None) == (
        "Of 86 laboratory photographs that it had never seen it names 82 right (95 %). Most often "
        "it takes Maize, healthy for Maize: common rust (3 of 28)."
    )
    assert say_mix_ups(SKILL, "tomato").endswith("28 right (100 %). It mixes nothing up.")
    assert "no laboratory photographs" in say_mix_ups(SKILL, "grape")


def test_only_what_is_mixed_up_is_drawn() -> None:
    matrix = draw_mix_ups(SKILL, None)
    assert matrix is not None
    assert matrix.names == ("Apple, healthy", "Maize: common rust", "Maize, healthy")
    assert matrix.counts == ((1, 1, 0), (0, 28, 0), (0, 3, 25))
    assert say_left_out(SKILL, matrix) == "1 class that is never mixed up is left out."
    assert matrix.tell(7) == "Maize, healthy\ntaken for Maize: common rust\n3 of 28 times"
    assert matrix.tell(4) == "Maize: common rust\nrecognised 28 of 28 times"
    assert matrix.tell(6) == "Maize, healthy\nnever taken for Apple, healthy"
    assert matrix.get_photos(4) == ()


def test_of_one_crop_every_class_is_drawn_with_what_it_is_taken_for() -> None:
    apple = draw_mix_ups(SKILL, "apple")
    assert apple is not None
    assert apple.names == ("Apple, healthy", "Maize: common rust")
    tomato = draw_mix_ups(SKILL, "tomato")
    assert tomato is not None
    assert tomato.names == ("Tomato: late blight",)


def test_the_weakest_class_and_the_fall_in_the_field_are_told() -> None:
    assert say_recalls(SKILL, None) == (
        "Weakest in the laboratory is Maize, healthy, with 90 % recognised; of 3 classes 2 are "
        "always right. 1 class has fewer than 10 photographs to judge by. Field photographs are "
        "harder: of Maize: common rust it recognises 60 % there and 100 % in the laboratory."
    )
    assert say_recalls(SKILL, "tomato") == (
        "In the laboratory it recognises every photograph of every class."
    )


def test_the_weakest_class_comes_first_whatever_slice_it_is_weak_in() -> None:
    spans = draw_recalls(SKILL, None)
    assert spans.series == ("Laboratory", "Field")
    assert [row.label for row in spans.rows] == [
        "Apple, healthy",
        "Maize: common rust",
        "Maize, healthy",
        "Tomato: late blight",
    ]
    assert [span is not None for span in spans.rows[1].spans] == [True, True]
    assert [span is not None for span in spans.rows[2].spans] == [True, False]
    assert spans.tell(1) == "Maize: common rust\nLaboratory: 100 % of 28\nField: 60 % of 15"
    assert [row.label for row in draw_recalls(SKILL, "maize").rows] == ["Common rust", "Healthy"]


def test_the_bundled_evaluation_is_read(champion_dir: Path) -> None:
    skill = from_evaluation(json.loads((champion_dir / EVALUATION_FILE).read_bytes()))
    assert skill.model_version == load_card(champion_dir).model_version
    assert set(skill.recalls) >= {"val", "field"}
    matrix = draw_mix_ups(skill, None)
    assert matrix is not None
    assert 0 < len(matrix.names) < len(skill.class_names)
    assert skill.missing is None


def test_an_evaluation_without_a_confusion_says_what_is_missing() -> None:
    skill = from_evaluation({"model_version": "head-1", "classes": {"val": {}}})
    assert draw_mix_ups(skill, None) is None
    assert say_mix_ups(skill, None) == "What it mixes up was not measured for this model."
    assert say_recalls(skill, None) == "What it mixes up was not measured for this model."


def test_a_verdict_tells_the_recalls_of_the_model_that_took_over() -> None:
    by_class = {"maize__healthy": {"num_samples": 20, "champion": 0.7, "challenger": 0.95}}
    skill = from_verdict("head-1", {"promote": True, "by_class": by_class})
    assert skill.recalls["val"]["maize__healthy"] == Recall(
        num_images=20, share=0.95, low=0.95, high=0.95
    )
    assert draw_mix_ups(skill, None) is None
    assert "95 % recognised" in say_recalls(skill, None)


@pytest.mark.parametrize("broken", [{}, {"by_class": {"a": {}}}, {"by_class": {"a": None}}])
def test_what_is_no_verdict_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_verdict("v1", broken)


@st.composite
def any_skill(draw: st.DrawFn) -> Skill:
    num = draw(st.integers(1, len(NAMES)))
    row = st.lists(st.integers(0, 30), min_size=num, max_size=num).map(tuple)
    confusion = draw(st.lists(row, min_size=num, max_size=num).map(tuple))
    return Skill(model_version="v1", recalls={}, class_names=NAMES[:num], confusion=confusion)


@settings(deadline=None)
@given(any_skill(), st.sampled_from([None, "maize", "grape"]))
def test_no_mistake_is_left_out_of_the_picture(skill: Skill, crop: str | None) -> None:
    assert skill.confusion is not None
    own = {idx for idx, name in enumerate(skill.class_names) if crop in (None, to_crop(name))}
    expected = sum(
        number
        for row, counts in enumerate(skill.confusion)
        for column, number in enumerate(counts)
        if row != column and (row in own or column in own)
    )
    matrix = draw_mix_ups(skill, crop)
    assert matrix is not None
    drawn = sum(
        number
        for row, counts in enumerate(matrix.counts)
        for column, number in enumerate(counts)
        if row != column
    )
    assert drawn >= expected if crop else drawn == expected
    assert say_mix_ups(skill, crop)
