"""The table, the JSON document and the plot of a measurement."""

import io
import json

import pytest
from PIL import Image
from rich.console import Console

from cluster.machine import Machine, describe_machine
from loadtest.bench import FULL, QUICK, Measurement
from loadtest.bench_report import print_report, save_report, to_document
from loadtest.slo import Round, Target, summarize


def make_measurement(*, served_s=0.0115, faults=None, busy_cores=0.1):
    machine = Machine(
        measured_at="2026-01-31T12:00:00+00:00",
        commit="0123456789ab",
        system="Linux x86_64",
        processor="Some CPU",
        num_cores=2,
        memory_gib=16.0,
        python="3.11.7",
        packages={"ray": "2.60.0"},
        busy_cores_before=busy_cores,
    )
    latency_s = {
        Target.IN_PROCESS: 0.010,
        Target.BARE: 0.013,
        Target.LIT: 0.014,
        Target.SERVED: served_s,
    }
    num_faults = sum((faults or {}).values())
    rounds = tuple(
        Round(
            round_idx=round_idx,
            target=target,
            connections=connections,
            summary=summarize(
                [latency_s[target]] * int(1 / latency_s[target]),
                num_failed=num_faults if target is Target.SERVED else 0,
                duration_s=1.0,
            ),
        )
        for round_idx in range(2)
        for connections in QUICK.connections
        for target in Target
    )
    return Measurement(
        plan=QUICK, machine=machine, model_version="v7", rounds=rounds, faults=faults or {}
    )


def to_text(measurement):
    text = io.StringIO()
    print_report(measurement, Console(file=text, width=160))
    return text.getvalue()


def test_the_table_shows_targets_and_verdicts():
    text = to_text(make_measurement())
    for part in ("v7 on 2 cores (Some CPU)", "at least", *(target.value for target in Target)):
        assert part in text
    assert "NOT met" not in text
    assert "no claim" not in text


def test_a_missed_figure_and_a_fault_are_said():
    text = to_text(make_measurement(served_s=0.02, faults={"ray_serve: status 503": 3}))
    assert "NOT met" in text
    assert "3 x ray_serve: status 503" in text
    assert "no claim" not in text


@pytest.mark.parametrize(
    ("served_s", "busy_cores", "words"),
    [(0.0115, 1.4, "1.4 cores were busy"), (0.005, 0.1, "ray_serve beats the model alone")],
)
def test_a_doubtful_measurement_meets_nothing(served_s, busy_cores, words):
    measurement = make_measurement(served_s=served_s, busy_cores=busy_cores)
    text = to_text(measurement)
    assert words in text
    assert " met " not in text
    assert any(words in doubt for doubt in to_document(measurement)["doubts"])


def test_the_document_holds_every_raw_round_and_where_it_was_measured():
    measurement = make_measurement()
    document = json.loads(json.dumps(to_document(measurement), allow_nan=False))
    assert len(document["rounds"]) == len(measurement.rounds) == 16
    assert document["machine"]["commit"] == "0123456789ab"
    assert document["plan"]["name"] == "quick"
    added = next(figure for figure in document["figures"] if figure["unit"] == "ms")
    assert added["value"] == pytest.approx(1.5)
    assert added["is_met"]


def test_a_figure_without_a_number_is_null():
    empty = Measurement(
        plan=QUICK, machine=make_measurement().machine, model_version="v7", rounds=(), faults={}
    )
    document = json.loads(json.dumps(to_document(empty), allow_nan=False))
    assert document["figures"][0]["value"] is None
    assert not document["figures"][0]["is_met"]


def test_report_files_are_whole(tmp_path):
    save_report(make_measurement(), tmp_path / "results")
    files = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert files == ["bench.json", "bench.png"]
    with Image.open(tmp_path / "results" / "bench.png") as plot:
        assert plot.size[0] > 900


def test_the_machine_names_no_host():
    machine = describe_machine(packages=["onnxruntime", "not-there"], busy_cores_before=0.256)
    assert machine.busy_cores_before == 0.26
    assert machine.num_cores >= 1
    assert list(machine.packages) == ["onnxruntime"]
    assert not set(machine.model_dump()) & {"host", "hostname", "user"}


@pytest.mark.parametrize(("plan", "most_s"), [(QUICK, 30), (FULL, 500)])
def test_a_plan_is_bounded(plan, most_s):
    assert 0 < plan.duration_s < most_s
