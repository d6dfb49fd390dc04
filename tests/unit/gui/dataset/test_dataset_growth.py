"""How a version grew, drawn and said."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gui.dataset.growth import complete_steps, draw_growth, say_growth
from serve_app.loop_schemas import Growth
from tests.unit.gui.dataset.summary_values import make_version

BASE = Growth(dataset_version="ds-base", upload_ids=(), num_images=900)
FIRST = Growth(dataset_version="ds-1", upload_ids=("up-1",), num_images=60)
SECOND = Growth(dataset_version="ds-2", upload_ids=("up-2", "up-3"), num_images=40)


def test_uploads_are_counted_and_the_last_step_named() -> None:
    assert say_growth([BASE, FIRST, SECOND]) == (
        "3 uploads have added 100 photographs, 10 % of 1,000. The last step brought 40 of them."
    )
    assert say_growth([BASE, FIRST]) == "1 upload has added 60 photographs, 6 % of 960."


def test_a_version_that_nobody_added_to_says_what_to_do() -> None:
    said = say_growth([BASE])
    assert "all 900 photographs were there from the beginning" in said
    assert "Contribute" in said
    assert say_growth([]) == "There are no photographs."


def test_steps_are_drawn_on_each_other() -> None:
    bars = draw_growth([BASE, FIRST, SECOND])
    assert [(row.label, row.lengths) for row in bars.rows] == [
        ("The beginning", (900, 0)),
        ("ds-1", (900, 60)),
        ("ds-2", (960, 40)),
    ]
    assert bars.tell(2) == "ds-2\n40 photographs came\nby 2 uploads: up-2, up-3\n1,000 in all"


def test_a_base_that_lies_elsewhere_is_put_before_what_was_added() -> None:
    versions = [
        make_version("ds-1", parent="ds-base", num_images=60),
        make_version("ds-base", num_images=900),
    ]
    assert complete_steps([FIRST], versions) == (BASE, FIRST)
    assert complete_steps([BASE, FIRST], versions) == (BASE, FIRST)
    assert complete_steps([FIRST], versions[:1]) == (FIRST,)
    assert complete_steps([], versions) == ()


@settings(deadline=None)
@given(st.lists(st.sampled_from([BASE, FIRST, SECOND]), max_size=6))
def test_the_last_row_reaches_all(steps: list[Growth]) -> None:
    rows = draw_growth(steps).rows
    totals = [sum(row.lengths) for row in rows]
    assert totals == sorted(totals)
    assert (totals[-1] if totals else 0) == sum(step.num_images for step in steps)
    assert say_growth(steps)
