"""What the tab says, which classes it offers, how fast it goes, what it remembers."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.storage import Layout
from gui.contribute import events
from gui.contribute.choices import MAX_CHOICES, list_choices
from gui.contribute.memory import UploadMemory
from gui.contribute.speed import Speedometer
from gui.contribute.state import ContributeState, Phase, update
from gui.contribute.values import Doubtful, LocalPhoto, Refused, Transfer, Unfinished, Upload
from gui.contribute.words import (
    say_bytes,
    say_detail,
    say_headline,
    say_photo,
    say_time_left,
    say_transfer,
    say_upload_line,
)
from gui.kit.server_status import ServerMode, ServerStatus

ONLINE = ServerStatus(mode=ServerMode.ONLINE, url="http://x")
OFFLINE = replace(ONLINE, mode=ServerMode.OFFLINE)
BLIGHT, HEALTHY = "tomato__late_blight", "tomato__healthy"
UPLOAD = Upload(upload_id="up-1", total=40, checked=12, accepted=30, rejected=10)


def make_ready() -> ContributeState:
    state = update(ContributeState(), events.SourceNamed(path=Path("photos")))
    photos = (
        LocalPhoto(name="a.jpg", sha256="a", num_bytes=2_500_000, class_name=BLIGHT),
        LocalPhoto(name="b.jpg", sha256="b", fault="unlabelled", reason="it has no label"),
    )
    return update(state, events.LookEnded(lookup=state.lookup, photos=photos))


def test_what_is_ready_and_what_lacks_a_label_is_said():
    state = make_ready()
    assert say_headline(state) == "1 photograph ready"
    detail = say_detail(state, ONLINE)
    assert "2.5 MB under 1 label." in detail
    assert "1 photograph without a right label" in detail
    assert "away" not in detail


def test_without_a_server_it_is_said_that_looking_goes_on():
    assert "send when it answers again" in say_detail(make_ready(), OFFLINE)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("status", ["receiving", "checked", "accepted", "failed", "discarded"])
def test_every_phase_has_a_headline(phase, status):
    state = ContributeState(phase=phase, upload=replace(UPLOAD, status=status))
    assert say_headline(state)
    assert say_detail(state, ONLINE) is not None


def test_the_review_says_what_was_refused_and_why():
    refused = tuple(
        Refused(name=f"{idx}.jpg", code="already_stored", reason="known") for idx in range(10)
    )
    state = ContributeState(phase=Phase.REVIEW, upload=UPLOAD, refused=refused)
    assert "10 files refused: 10 already in the data." in say_detail(state, ONLINE)


def test_hints_for_who_types_commands_are_not_shown():
    photo = LocalPhoto(
        name="a.jpg",
        fault="unknown_label",
        reason="its folder names no class: unknown class name 'x' (`python -m models labels` ...)",
    )
    assert say_photo(photo) == "Its folder names no class: 'x'."


def test_a_transfer_is_said_with_speed_and_time_left():
    transfer = Transfer(
        num_files=120,
        total_files=300,
        num_bytes=4_000_000,
        total_bytes=10_000_000,
        bytes_per_s=200_000,
    )
    assert say_transfer(transfer) == (
        "120 of 300 photographs  ·  4.0 MB of 10.0 MB  ·  200 KB a second  ·  about 30 s left"
    )
    unknown = replace(transfer, bytes_per_s=None)
    assert say_transfer(unknown) == "120 of 300 photographs  ·  4.0 MB of 10.0 MB"


@pytest.mark.parametrize(
    ("num_bytes", "words"),
    [(0, "0 KB"), (12, "1 KB"), (56_789, "57 KB"), (2_345_678, "2.3 MB"), (3.2e9, "3.2 GB")],
)
def test_amounts_are_rounded_for_people(num_bytes, words):
    assert say_bytes(num_bytes) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "a few seconds left"),
        (42, "about 40 s left"),
        (600, "about 10 min left"),
        (9000, "about 2.5 h left"),
    ],
)
def test_times_are_rounded_for_people(seconds, words):
    assert say_time_left(seconds) == words


def test_an_upload_is_a_line_of_a_table():
    upload = replace(UPLOAD, status="checked", created_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    when, number, where = say_upload_line(upload)
    assert when.endswith(":00")
    assert (number, where) == ("30", "waits for your word")


def test_no_class_is_offered_before_the_model_has_answered():
    assert list_choices(make_ready()) == ()


def test_what_the_model_finds_likely_comes_first_then_what_is_frequent_here():
    state = update(make_ready(), events.GuessesFound(sha256="b", class_names=(HEALTHY,)))
    assert [choice.class_name for choice in list_choices(state)] == [HEALTHY, BLIGHT]


def test_a_doubtful_label_is_kept_by_1_and_given_the_models_class_by_2():
    doubtful = Doubtful(
        sha256="d", name="d.jpg", class_name=BLIGHT, predicted_class_name=HEALTHY, reason=""
    )
    state = ContributeState(phase=Phase.REVIEW, upload=UPLOAD, doubtful=(doubtful,))
    choices = list_choices(state)
    assert [(choice.class_name, choice.why) for choice in choices] == [
        (BLIGHT, "its label"),
        (HEALTHY, "the model's word"),
    ]
    assert len(choices) <= MAX_CHOICES


@given(st.lists(st.tuples(st.floats(0.01, 3.0), st.integers(0, 10**7)), min_size=1, max_size=40))
def test_the_speed_lies_between_the_slowest_and_the_fastest_step(steps):
    now_s, num_bytes = 100.0, 0
    speedometer = Speedometer(now_s)
    rates = []
    for step_s, step_bytes in steps:
        now_s, num_bytes = now_s + step_s, num_bytes + step_bytes
        rates.append(step_bytes / step_s)
        rate = speedometer.add(now_s, num_bytes)
        if rate is not None:
            assert min(rates) * 0.99 - 1 <= rate <= max(rates) * 1.01 + 1


def test_one_quick_batch_is_no_speed_yet():
    assert Speedometer(0.0).add(0.1, 1000) is None


def test_what_was_begun_is_remembered_and_forgotten(tmp_path):
    memory = UploadMemory(Layout(home=tmp_path / "home"))
    assert memory.load() is None
    unfinished = Unfinished(
        upload_id="up-1",
        server_url="http://x",
        source=tmp_path / "photos",
        labels_path=tmp_path / "labels.csv",
        labels={"a": BLIGHT, "b": None},
    )
    memory.save(unfinished)
    assert memory.load() == unfinished
    memory.forget("up-2")
    assert memory.load() == unfinished
    memory.forget("up-1")
    memory.forget("up-1")
    assert memory.load() is None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"upload_id": "x", "labels": 3}', b"\xff"]
)
def test_a_damaged_memory_is_no_memory(tmp_path, content):
    layout = Layout(home=tmp_path)
    layout.window_upload_path.parent.mkdir()
    layout.window_upload_path.write_bytes(content)
    assert UploadMemory(layout).load() is None
