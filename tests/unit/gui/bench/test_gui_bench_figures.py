"""What the window's benchmark says of frames, starts and idling, without a window."""

import io
import json
import math
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from cluster.figure import Figure
from cluster.machine import Machine
from gui.bench.figures import find_doubts, judge
from gui.bench.frames import Frame, read_frames, select, write_frame
from gui.bench.report import print_report, save_report
from gui.bench.run import FULL, QUICK, Measurement
from gui.kit.tabs import Tab

FRAME = Frame(at_s=12.5, own_ms=2.0, own_cpu_ms=1.5, drawn_ms=6.0, is_awake=True, phase="sending")
MACHINE = Machine(
    measured_at="2026-01-01T00:00:00+00:00",
    commit="abc",
    system="Linux x86_64",
    processor="two cores",
    num_cores=2,
    memory_gib=8.0,
    python="3.11.0",
    packages={},
    busy_cores_before=0.1,
)


def make_measurement(**changes: object) -> Measurement:
    frames = tuple(replace(FRAME, drawn_ms=5.0 + idx / 100) for idx in range(200))
    fields: dict[str, object] = {
        "plan": FULL,
        "machine": MACHINE,
        "first_frames_s": (1.0, 1.2, 1.1),
        "idle_percent": {Tab.DIAGNOSE: 0.2, Tab.DATASET: 4.0, Tab.SERVICE: 7.0},
        "uploads": (frames, (*frames, replace(FRAME, own_ms=60.0, phase="checking"))),
    }
    return Measurement(**{**fields, **changes})  # type: ignore[arg-type]


def find(figures: tuple[Figure, ...], words: str) -> Figure:
    return next(figure for figure in figures if words in figure.name)


def judge_all(measurement: Measurement) -> tuple[Figure, ...]:
    return judge(
        first_frames_s=measurement.first_frames_s,
        idle_percent=measurement.idle_percent,
        uploads=measurement.uploads,
        num_photos=measurement.plan.num_photos,
    )


def test_a_frame_comes_back_from_its_line_and_half_a_line_is_left_out() -> None:
    asleep = replace(FRAME, is_awake=False, phase="ready")
    lines = [f"{write_frame(FRAME)}\n", f"{write_frame(asleep)}\n", write_frame(FRAME)[:20]]
    assert read_frames(lines) == (FRAME, asleep)


def test_frames_of_other_phases_and_of_a_sleeping_window_do_not_count() -> None:
    asleep = replace(FRAME, is_awake=False)
    other = replace(FRAME, phase="review")
    assert select((FRAME, asleep, other), ["sending", "checking"]) == (FRAME,)


def test_figures_are_medians_over_rounds_of_each_rounds_longest_frame() -> None:
    figures = judge_all(make_measurement())
    start = find(figures, "first frame")
    assert (start.value, start.lowest, start.highest, start.is_met) == (1.1, 1.0, 1.2, True)
    longest = find(figures, "longest frame while 300 photographs")
    assert longest.lowest == 2.0 + 5.0 + 1.99
    assert longest.highest == 66.0
    assert find(figures, "Dear PyGui and the driver").highest == 6.99
    assert find(figures, "our code alone").highest == 60.0
    assert find(figures, "without waiting").highest == 1.5
    assert find(figures, "the tab Diagnose").is_met
    # It draws live figures, and is never idle.
    assert find(figures, "the tab Cluster").is_met is None
    assert find(figures, "the tab Dataset").is_met is False


def test_a_figure_without_a_number_is_not_met() -> None:
    longest = find(judge_all(make_measurement(uploads=((),))), "longest frame")
    assert math.isnan(longest.value)
    assert longest.is_met is False


def test_doubts_are_named() -> None:
    uploads = make_measurement().uploads
    assert find_doubts(uploads, is_quick=False, busy_cores_before=0.5) == ()
    assert "measures nothing" in find_doubts(uploads, is_quick=True, busy_cores_before=0.1)[0]
    assert "1.4 cores were busy" in find_doubts(uploads, is_quick=False, busy_cores_before=1.4)[0]
    assert "too short" in find_doubts([uploads[0][:99]], is_quick=False, busy_cores_before=0.1)[0]


def test_the_report_says_what_is_met_and_the_file_holds_the_longest_frames(tmp_path: Path) -> None:
    measurement = make_measurement()
    page = io.StringIO()
    print_report(measurement, Console(file=page, width=160))
    lines = page.getvalue().splitlines()
    assert any("first frame" in line and " met " in line for line in lines)
    assert any("tab Dataset" in line and "NOT met" in line for line in lines)
    save_report(measurement, tmp_path / "results" / "bench.json")
    document = json.loads((tmp_path / "results" / "bench.json").read_text())
    assert document["machine"]["commit"] == "abc"
    assert document["doubts"] == []
    assert document["uploads"][1]["num_frames"] == 201
    assert document["uploads"][1]["longest"][0]["phase"] == "checking"


def test_a_quick_run_claims_nothing() -> None:
    page = io.StringIO()
    print_report(make_measurement(plan=QUICK), Console(file=page, width=160))
    assert "no claim: a quick run" in page.getvalue()
    assert "NOT met" not in page.getvalue()
