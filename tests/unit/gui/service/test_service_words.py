"""What the tab on the cluster says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cluster.settings import Settings
from gui.kit.server_status import ServerMode, ServerStatus
from gui.service.command import Command
from gui.service.curves import PLOTS, find_top, list_minute_ticks, to_line
from gui.service.facts import ModelFacts
from gui.service.figures import Point
from gui.service.links import list_links
from gui.service.reading import Gauges
from gui.service.state import ServiceState, Task
from gui.service.words import (
    find_notice,
    list_stages,
    list_tiles,
    say_candidate,
    say_drift,
    say_ms,
    say_percent,
    say_rate,
    say_readiness,
    say_since,
    say_task,
)
from serve_app.layers.headers import DOCS_PATH

URL = "http://127.0.0.1:8000"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FACTS = ModelFacts(version="v1", since=NOW)
POINT = Point(
    time_s=120.0,
    requests_per_s=12.3,
    failed_percent=0.04,
    refused_percent=2.4,
    half_ms=31.6,
    most_ms=1240.0,
    gauges=Gauges(waiting=3, replicas=2, wanted=3, cpu_percent=34.4, memory_percent=61.0),
)
ONLINE = ServerStatus(mode=ServerMode.ONLINE, url=URL)
WITH_POINT = ServiceState(url=URL, points=(POINT,))


def test_the_figures_are_rounded_for_people() -> None:
    shown = {tile.label: (tile.value, tile.note) for tile in list_tiles(POINT)}
    assert shown == {
        "Replicas that answer": ("2", "3 wanted, more are starting"),
        "Requests a second": ("12", "last 30 seconds"),
        "Half are answered in": ("32 ms", "19 of 20 in 1.2 s"),
        "Failed": ("< 0.1 %", "refused 2 %"),
        "Photos that wait": ("3", "for their turn"),
        "Processor": ("34 %", "memory 61 %"),
    }


def test_what_a_server_does_not_tell_is_no_zero() -> None:
    quiet = replace(POINT, half_ms=None, most_ms=None, gauges=Gauges(replicas=1))
    shown = {tile.label: (tile.value, tile.note) for tile in list_tiles(quiet)}
    assert shown["Processor"] == ("-", "not told here")
    assert shown["Half are answered in"] == ("-", "no photo came")
    assert list_tiles(None) == ()


def test_what_is_wrong_is_marked() -> None:
    bad = replace(POINT, failed_percent=3.0, gauges=replace(POINT.gauges, replicas=0))
    assert [tile.label for tile in list_tiles(bad) if tile.is_bad] == [
        "Replicas that answer",
        "Failed",
    ]
    assert not any(tile.is_bad for tile in list_tiles(POINT))


@pytest.mark.parametrize(
    ("state", "server", "word"),
    [
        (WITH_POINT, replace(ONLINE, url=""), "No server is chosen"),
        (WITH_POINT, replace(ONLINE, mode=ServerMode.CHECKING), "Looking"),
        (WITH_POINT, replace(ONLINE, mode=ServerMode.OFFLINE, advice="Start it."), "Start it."),
        (ServiceState(), ONLINE, "Reading the first figures"),
        (WITH_POINT, replace(ONLINE, url="http://b"), "Reading the first figures"),
        (ServiceState(url=URL, missed="too slow"), ONLINE, "Too slow."),
    ],
)
def test_where_there_are_no_figures_the_reason_is_said(
    state: ServiceState, server: ServerStatus, word: str
) -> None:
    notice = find_notice(state, server)
    assert notice is not None
    assert word in f"{notice.title} {notice.text}"


@pytest.mark.parametrize("mode", [ServerMode.ONLINE, ServerMode.REFUSING])
def test_figures_are_shown_even_if_the_key_is_refused(mode: ServerMode) -> None:
    assert find_notice(WITH_POINT, replace(ONLINE, mode=mode)) is None


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "a moment ago"),
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_how_long_a_model_answers_is_said(age: timedelta, words: str) -> None:
    assert words in say_since(replace(FACTS, since=NOW - age), NOW)


def test_drift_is_said_or_that_it_is_not_measured() -> None:
    assert "not measured" in say_drift(FACTS)
    strong = replace(FACTS, drift="more unknown leaves", is_drift_strong=True)
    assert say_drift(strong).endswith(
        "differ much from those it was tested on: more unknown leaves."
    )
    assert "differ much" not in say_drift(replace(strong, is_drift_strong=False))


def test_a_model_on_trial_is_named() -> None:
    assert say_candidate(FACTS) == ""
    trial = replace(FACTS, candidate="run-7", canary_percent=10.0)
    assert say_candidate(trial) == "On trial: run-7, with 10 % of the answers."


def test_whether_the_model_answers_is_said() -> None:
    assert "Looking" in say_readiness(ServiceState())
    assert say_readiness(ServiceState(is_ready=True)).startswith("Ready")
    assert say_readiness(ServiceState(is_ready=False, not_ready="it fails")) == "It fails."


@pytest.mark.parametrize(
    ("task", "word"),
    [
        (Task(command=Command.START), "Starting"),
        (Task(command=Command.STOP), "Stopping"),
        (Task(command=Command.START, is_running=False, status=0), "is started"),
        (Task(command=Command.STOP, is_running=False, status=0), "is stopped"),
        (Task(command=Command.START, is_running=False, status=1), "did not start"),
        (Task(command=Command.STOP, is_running=False), "did not stop"),
    ],
)
def test_how_a_command_goes_is_said(task: Task, word: str) -> None:
    assert word in say_task(task)


def test_numbers_are_never_falsely_nothing() -> None:
    assert [say_rate(rate) for rate in (0, 0.01, 0.55, 9.96, 1234)] == [
        *("0", "< 0.1", "0.6", "10.0", "1234")
    ]
    assert [say_ms(ms) for ms in (None, 0.2, 9.6, 999.4, 2345)] == [
        *("-", "< 1 ms", "10 ms", "999 ms", "2.3 s")
    ]
    assert [say_percent(percent) for percent in (None, 0, 0.01, 0.5, 99.6)] == [
        *("-", "0 %", "< 0.1 %", "0.5 %", "100 %")
    ]


def test_every_stage_has_a_row_even_before_a_photo_came() -> None:
    assert [times.half for times in list_stages(())] == ["-"] * 4


def test_pages_beside_the_service_are_of_this_computer_alone() -> None:
    fields = Settings.model_fields
    assert [link.address for link in list_links(URL, {})] == [
        f"http://127.0.0.1:{fields['dashboard_port'].default}",
        f"http://127.0.0.1:{fields['mlflow_port'].default}",
        f"{URL}{DOCS_PATH}",
    ]
    assert [link.address for link in list_links("https://leaf.example.org/", {})] == [
        f"https://leaf.example.org{DOCS_PATH}"
    ]
    assert list_links("", {}) == ()
    moved = {"LEAFRAY_DASHBOARD_PORT": "9265", "LEAFRAY_MLFLOW_PORT": "x"}
    assert [link.address.rpartition(":")[2] for link in list_links(URL, moved)[:2]] == [
        *("9265", str(fields["mlflow_port"].default))
    ]


def test_a_line_goes_back_from_now_and_is_broken_where_nothing_came() -> None:
    earlier = replace(POINT, time_s=60.0, half_ms=None)
    half = PLOTS[1].curves[0]
    minutes, values = to_line((earlier, POINT), half)
    assert minutes == [-1.0, 0.0]
    assert str(values) == "[nan, 31.6]"
    assert to_line((), half) == ([], [])


@pytest.mark.parametrize(
    ("values", "top"),
    [([], 1), ([0.0], 1), ([float("nan")], 1), ([0.95], 2), ([3], 5), ([47], 100), ([1800], 2000)],
)
def test_an_axis_ends_at_a_round_number_above_all(values: list[float], top: float) -> None:
    assert find_top(values) == top


def test_the_marks_of_time_end_now() -> None:
    assert list_minute_ticks()[-1] == ("now", 0.0)
