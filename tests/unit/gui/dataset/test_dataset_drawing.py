"""Every view of the real champion's material and of material by chance can be drawn and said."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from gui.dataset import events
from gui.dataset.drawing import draw
from gui.dataset.figures import Spans
from gui.dataset.loading import NothingToShowError, load_bundled
from gui.dataset.material import Material, Origin
from gui.dataset.skill import from_verdict
from gui.dataset.state import DatasetState, update
from gui.dataset.views import CHOICES, Choice, View
from models.artifact import SUMMARY_FILE, load_card
from serve_app.loop_schemas import DatasetSummary
from tests.unit.gui.dataset.summary_values import (
    any_summary,
    make_counts,
    make_material,
    make_summary,
)

EVERYTHING = [(view, choice) for view in View for choice in CHOICES[view]]


@pytest.fixture(scope="module")
def bundled(champion_dir: Path) -> Material:
    return load_bundled(champion_dir)


def test_the_champion_brings_its_material_along(bundled: Material, champion_dir: Path) -> None:
    assert bundled.origin is Origin.BUNDLED
    assert bundled.chosen == load_card(champion_dir).dataset_version
    assert bundled.summary is not None
    assert bundled.skill is not None
    assert len(bundled.neighbours) == len(bundled.summary.images.sha256) == 3000


@pytest.mark.parametrize(("view", "choice"), EVERYTHING)
def test_every_view_of_every_crop_has_a_picture_and_a_sentence(
    bundled: Material, view: View, choice: Choice
) -> None:
    state = update(DatasetState(), events.MaterialLoaded(request=0, material=bundled))
    assert len(state.crops) == 14
    sentences = set()
    for crop in (None, *state.crops):
        drawing = draw(bundled, view, choice, crop)
        # Of some crops nothing is doubtful.
        assert drawing.figure is not None or (view is View.DOUBTS and crop)
        assert drawing.title
        assert drawing.insight.endswith(".")
        sentences.add(drawing.insight)
        if drawing.figure is not None:
            for mark in range(min(drawing.figure.num_marks, 400)):
                assert drawing.figure.tell(mark)
                assert len(drawing.figure.get_photos(mark)) <= 2
    # The sentence is computed from what is shown.
    assert view is View.GROWTH or len(sentences) > 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(any_summary)
def test_no_summary_that_a_server_may_send_breaks_the_window(summary: DatasetSummary) -> None:
    material = make_material(summary)
    for view, choice in EVERYTHING:
        for crop in (None, "mango", "nothing_like_it"):
            drawing = draw(material, view, choice, crop)
            assert drawing.insight
            assert drawing.figure is None or drawing.figure.num_marks > 0


def test_a_picture_of_nothing_is_left_out() -> None:
    material = make_material(make_summary(counts=make_counts(("a__b", "lab", "train", 3))))
    drawing = draw(material, View.LOOKS, Choice.SIZE, None)
    assert (drawing.figure, drawing.note) == (None, "")
    assert drawing.insight == "No photograph was measured."
    assert draw(material, View.BALANCE, Choice.CROPS_BY_SPLIT, None).figure is not None


def test_a_version_that_was_not_measured_says_how_to() -> None:
    drawing = draw(make_material(None), View.MAP, Choice.MAP_BY_KIND, None)
    assert drawing.figure is None
    assert "python -m train_jobs summarize ds-0123456789ab" in drawing.insight


def test_a_model_of_unknown_skill_says_so() -> None:
    drawing = draw(make_material(None), View.SKILL, Choice.MIX_UPS, None)
    assert drawing.figure is None
    assert "does not say how often its model is right" in drawing.insight


def test_what_a_verdict_leaves_open_leads_to_what_it_tells() -> None:
    by_class = {"maize__healthy": {"num_samples": 20, "champion": 0.7, "challenger": 0.95}}
    material = make_material(None, skill=from_verdict("head-1", {"by_class": by_class}))
    mix_ups = draw(material, View.SKILL, Choice.MIX_UPS, None)
    assert mix_ups.figure is None
    assert Choice.RECALL.value in mix_ups.insight
    assert isinstance(draw(material, View.SKILL, Choice.RECALL, None).figure, Spans)


@pytest.mark.parametrize("content", [None, b"{", b'{"dataset_version": 3}'])
def test_an_artifact_without_a_readable_summary_says_what_to_do(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / SUMMARY_FILE).write_bytes(content)
    with pytest.raises(NothingToShowError, match="make run"):
        load_bundled(tmp_path)


def test_an_artifact_without_an_evaluation_still_shows_its_photographs(
    tmp_path: Path, champion_dir: Path
) -> None:
    (tmp_path / SUMMARY_FILE).write_bytes((champion_dir / SUMMARY_FILE).read_bytes())
    assert load_bundled(tmp_path).skill is None
