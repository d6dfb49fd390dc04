"""What the tab on training anew says, and how it reads what the server tells."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gui.retrain.answers import to_verdict
from gui.retrain.state import RetrainState
from gui.retrain.values import STAGES, Accepted, Deed, Model, Run, Verdict
from gui.retrain.words import (
    CONFIG_HINTS,
    CONFIGS,
    find_alias,
    find_version_to_approve,
    list_classes,
    list_compared,
    say_deed_line,
    say_material,
    say_model_line,
    say_run_detail,
    say_run_headline,
    say_run_line,
    say_time_left,
    say_verdict,
)
from train_jobs.gate_values import ClassVerdict
from train_jobs.gate_values import Verdict as GateVerdict

CREATED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUN = Run(
    run_id="retrain-1",
    status="running",
    stage="train",
    config="head",
    created=CREATED,
    created_by="key:admin",
)
TOLD = GateVerdict(
    promote=False,
    reasons=("new data set aside: no gain",),
    checks={"overall": True, "new_data": False, "classes": False},
    numbers={
        "overall/champion": 0.98,
        "overall/challenger": 0.983,
        "new_data/champion": 0.5,
        "new_data/challenger": 0.52,
    },
    by_class={
        "tomato__healthy": ClassVerdict(
            num_samples=28,
            champion=1.0,
            challenger=1.0,
            net_lost=0,
            allowed_lost=2,
            is_few=False,
            is_worse=False,
        ),
        "potato__healthy": ClassVerdict(
            num_samples=28,
            champion=1.0,
            challenger=0.75,
            net_lost=7,
            allowed_lost=2,
            is_few=False,
            is_worse=True,
        ),
    },
).model_dump(mode="json")


def test_the_gates_own_verdict_is_read():
    verdict = to_verdict(TOLD)
    assert not verdict.is_promoted
    assert verdict.reasons == ("new data set aside: no gain",)
    assert {line.class_name for line in verdict.classes} == {"tomato__healthy", "potato__healthy"}


@pytest.mark.parametrize(
    "told", [{}, {"by_class": 3}, {"numbers": {"a": "b"}}, {"by_class": {"x": 1}}]
)
def test_a_verdict_of_another_version_is_read_as_far_as_it_goes(told):
    assert to_verdict(told) == Verdict(is_promoted=False)


def test_a_verdict_is_said_with_what_spoke_against_it():
    assert say_verdict(to_verdict(TOLD)) == (
        "Right on 50.0 % -> 52.0 % of the new photographs and 98.0 % -> 98.3 % of the photographs "
        "to judge by. But its gain on the new photographs is not sure; some kinds became worse."
    )
    passed = replace(to_verdict(TOLD), checks={"overall": True})
    assert say_verdict(passed).endswith("It passed every comparison.")


def test_comparisons_are_rows_with_their_units():
    rows = list_compared(to_verdict(TOLD))
    assert rows[0] == ("Photographs to judge by: right", "98.0 %", "98.3 %", "passed")
    assert rows[2] == ("No kind became worse", "", "", "not passed")


def test_what_was_not_judged_is_no_row():
    verdict = Verdict(is_promoted=True, checks={"field": True, "latency": True}, numbers={})
    assert [row[0] for row in list_compared(verdict)] == ["Time for one photograph"]


def test_the_kinds_that_changed_most_come_first():
    rows = list_classes(to_verdict(TOLD).classes)
    assert rows == [
        ("Potato, healthy", "28", "100.0 %", "75.0 %", "-25.0, too much"),
        ("Tomato, healthy", "28", "100.0 %", "100.0 %", "same"),
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_headline(stage):
    assert say_run_headline(replace(RUN, stage=stage)).endswith("...")


@pytest.mark.parametrize(
    "status",
    ["queued", "succeeded", "rejected", "awaiting_approval", "failed", "cancelled", "new"],
)
def test_every_end_has_a_headline_and_a_line(status):
    found = replace(RUN, status=status, reason="the disk is full")
    assert say_run_headline(found)
    assert say_run_line(found)[2]
    assert say_run_detail(found)


def test_a_run_at_work_says_how_long_it_still_takes():
    found = replace(RUN, epoch=3, epochs=20, images_per_s=19.6, eta_s=600.0)
    assert say_run_detail(found) == (
        "Step 3 of 20  ·  20 photographs a second  ·  about 10 min left"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "a few seconds left"), (44, "about 40 s left"), (7200, "about 2.0 h left")],
)
def test_times_are_rounded_for_people(seconds, words):
    assert say_time_left(seconds) == words


def test_what_there_is_to_learn_from_is_said():
    assert "nothing new" in say_material(())
    uploads = [Accepted(upload_id="up-1", num_images=1200), Accepted(upload_id="b", num_images=1)]
    assert say_material(uploads) == "1,201 new photographs of 2 uploads wait to be learnt from."
    assert say_material(uploads[1:]) == "1 new photograph of one upload waits to be learnt from."


def test_every_way_to_train_has_a_hint():
    assert set(CONFIGS.values()) == set(CONFIG_HINTS)


def test_a_model_is_a_line_with_its_place():
    model = Model(
        model_version="v1",
        aliases=("champion",),
        metrics={"val/top1_accuracy": 0.983},
        created=CREATED,
    )
    assert say_model_line(model)[:2] == ("v1", "answers now")
    assert say_model_line(model)[3:] == ("98.3 %", "-")
    assert (find_alias([model], "champion"), find_alias([model], "previous")) == ("v1", None)


def test_a_deed_is_a_line_in_plain_words():
    deed = Deed(
        at=CREATED,
        actor="key:admin",
        action="accept_upload",
        subject="up-1",
        outcome="done",
        detail="3 accepted",
    )
    assert say_deed_line(deed)[1:] == (
        "admin",
        "took an upload into the data",
        "up-1",
        "done: 3 accepted",
    )


def test_only_a_model_that_waits_for_a_word_is_approved():
    waiting = replace(RUN, status="awaiting_approval", model_version="v2")
    state = RetrainState(runs=(waiting,), picked_id="retrain-1")
    assert find_version_to_approve(state) == "v2"
    assert find_version_to_approve(replace(state, runs=(RUN,))) is None
