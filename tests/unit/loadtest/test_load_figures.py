"""What a load test says: response times from when a question was due, replicas, verdicts."""

import json
import math

import pytest

from cluster.machine import Machine
from cluster.settings import Settings
from loadtest.load.figures import (
    LoadStory,
    count_photos_answered,
    find_doubts,
    judge_load,
    list_kinds,
    list_spans,
    to_seconds,
)
from loadtest.load.generator import find_busiest
from loadtest.load.report import save_load
from loadtest.load.request_log import (
    NEVER_ASKED,
    Asked,
    Level,
    LogWriter,
    list_columns,
    load_levels,
    load_requests,
    to_row,
)
from loadtest.load.run import LoadRun
from loadtest.load.shapes import BREAK_POINT, SMOKE, STEP
from loadtest.replica_watch import Look, Replica


def ask(due_s, took_s=0.02, *, late_s=0.0, kind="prediction", num_photos=1, fault="", failures=""):
    return Asked(
        kind=kind,
        due_s=due_s,
        sent_s=due_s + late_s,
        ended_s=due_s + late_s + took_s,
        num_photos=num_photos,
        fault=fault,
        failures=failures,
    )


def look(at_s, *names, answered_by="a", starting=()):
    states = dict.fromkeys(names, "RUNNING") | dict.fromkeys(starting, "STARTING")
    return Look(
        at_s=at_s,
        replicas=tuple(
            Replica(replica_id=name, state=state, pid=None, memory_mib=0.0)
            for name, state in states.items()
        ),
        answered_by=answered_by,
    )


STEP_LOOKS = (
    look(1.0, "a"),
    look(16.5, "a", starting=("b",)),
    look(20.0, "a", "b", answered_by="b"),
    look(120.0, "a"),
)


def tell(requests, *, shape=SMOKE, levels=((0.0, 0.3, 4),), looks=(), ended_s=10.0, cores=0.2):
    return LoadStory(
        shape=shape,
        replica_rps=50.0,
        kind="prediction",
        levels=tuple(Level(at_s=at_s, load=load, num_users=n) for at_s, load, n in levels),
        requests=tuple(requests),
        looks=tuple(looks),
        ended_s=ended_s,
        generator_cores=cores,
    )


def tell_step(**options):
    levels = ((0.0, 0.3, 3), (15.0, 1.15, 12), (90.0, 0.1, 1))
    requests = [ask(0.5 * idx) for idx in range(260)]
    options = {"looks": STEP_LOOKS, **options}
    return tell(requests, shape=STEP, levels=levels, ended_s=130.0, **options)


def judge(story):
    return {item.name: item for item in judge_load(story, min_replicas=1, most_replicas=2)}


def test_waiting_behind_a_slow_answer_counts():
    # One answer took 2 s; the three questions behind it were sent at once afterwards.
    requests = [ask(3.0, 2.0), ask(3.5, late_s=1.5), ask(4.0, late_s=1.0), ask(4.5, late_s=0.5)]
    from_due, from_sending = list_kinds(tell(requests))["prediction"]
    assert from_due.p50_ms == pytest.approx(1020)
    assert from_sending.p50_ms == pytest.approx(20)


def test_a_quiet_load_is_passed_and_one_wrong_answer_is_not():
    good = [ask(idx / 10) for idx in range(100)]
    assert all(verdict.is_met for verdict in judge(tell(good)).values())
    figures = judge(tell([*good, ask(5.05, kind="upload", fault="not an upload")]))
    failed = figures["failed requests, after the client's own attempts"]
    assert (failed.value, failed.is_met) == (1, False)


def test_an_attempt_that_failed_and_went_well_again_is_no_failure():
    assert judge(tell([ask(5.0, failures="status 503 | status 503")]))[
        "failed requests, after the client's own attempts"
    ].is_met
    (second,) = [item for item in to_seconds(tell([ask(5.0, failures="a | b")])) if item.due_rps]
    assert (second.num_failed, second.num_failed_attempts) == (0, 2)


def test_late_answers_fail_where_they_are_judged_and_not_before():
    settling = [ask(0.5, 3.0), ask(5.0)]
    settled = [ask(0.5), ask(5.0, 3.0)]
    name = "p95 of predictions, at the worst level of the load"
    assert judge(tell(settling))[name].is_met
    assert not judge(tell(settled))[name].is_met
    assert not judge(tell([]))[name].is_met


def test_replicas_that_follow_the_load_are_seen():
    figures = judge(tell_step())
    assert all(verdict.is_met for verdict in figures.values())
    assert figures["load step to the decision"].value == pytest.approx(1.5)
    assert figures["load step to the first answer of a new replica"].value == pytest.approx(5.0)
    assert figures["replicas at the most"].value == 2


@pytest.mark.parametrize(
    ("looks", "broken"),
    [
        (STEP_LOOKS[:1], "replicas at the most"),
        (STEP_LOOKS[:-1], "replicas left over after the load"),
        ((), "replicas left over after the load"),
    ],
)
def test_replicas_that_do_not_follow_are_seen(looks, broken):
    assert not judge(tell_step(looks=looks))[broken].is_met


def test_one_replica_that_may_not_grow_is_not_asked_to():
    names = {
        item.name
        for item in judge_load(tell_step(looks=STEP_LOOKS[:1]), min_replicas=1, most_replicas=1)
    }
    assert "replicas at the most" not in names


def test_the_break_point_is_the_last_level_before_answers_come_late():
    levels = ((0.0, 0.2, 2), (20.0, 0.4, 4), (40.0, 0.6, 6), (60.0, 0.8, 8))
    requests = [ask(idx / 10) for idx in range(200)]
    requests += [ask(20 + idx / 20) for idx in range(400)]
    requests += [ask(40 + idx / 30, 0.9) for idx in range(600)]
    requests += [ask(60 + idx / 40) for idx in range(800)]
    story = tell(requests, shape=BREAK_POINT, levels=levels, ended_s=80.0)
    (verdict,) = judge_load(story, min_replicas=1, most_replicas=2)
    # 20 a second of a replica's 50; the level after it is too slow, whatever comes later.
    assert verdict.value == pytest.approx(20 / 50, rel=0.02)


def test_rates_are_photographs_and_wrong_answers_are_none():
    requests = [ask(4.2, num_photos=8, kind="batch"), ask(4.5), ask(4.6, fault="status 503")]
    story = tell([*requests, ask(4.7, kind="dashboard", num_photos=0)], looks=[look(4.1, "a", "b")])
    second = to_seconds(story)[4]
    assert (second.due_rps, second.answered_rps, second.num_failed) == (10, 9, 1)
    assert second.num_replicas == 2
    (span,) = list_spans(story)
    assert count_photos_answered(story, span) == pytest.approx(9 / 8)


def test_a_busy_machine_or_generator_makes_doubtful():
    assert find_doubts(tell([]), busy_cores_before=0.1) == ()
    assert len(find_doubts(tell([], cores=0.95), busy_cores_before=1.2)) == 2
    assert find_busiest([(float(idx), 0.1 * idx) for idx in range(4)]) == 0.0
    used = [(float(idx), 0.1 * idx + max(0, idx - 10) * 0.6) for idx in range(20)]
    assert find_busiest(used) == pytest.approx(0.7)


def test_the_log_is_read_as_it_was_written(tmp_path):
    asked = [
        ask(2.5, fault=NEVER_ASKED),
        ask(1.25, kind="batch", num_photos=8, failures="a, b | c"),
    ]
    writer = LogWriter(tmp_path / "requests.csv", list_columns(Asked))
    writer.write(map(to_row, asked))
    writer.close()
    found = load_requests(tmp_path / "requests.csv")
    assert [item.kind for item in found] == ["batch", "prediction"]
    assert found == sorted(asked, key=lambda item: item.due_s)
    level = Level(at_s=1.5, load=0.3, num_users=4)
    writer = LogWriter(tmp_path / "levels.csv", list_columns(Level))
    writer.write([to_row(level)])
    writer.close()
    assert load_levels(tmp_path / "levels.csv") == [level]


def test_a_report_is_written_for_programs_and_for_the_eye(tmp_path):
    machine = Machine(
        measured_at="2026-01-31T12:00:00+00:00",
        commit="0123456789ab",
        system="Linux x86_64",
        processor="Some CPU",
        num_cores=2,
        memory_gib=16.0,
        python="3.11.7",
        packages={"locust": "2.47.0"},
        busy_cores_before=0.1,
    )
    story = tell_step()
    run = LoadRun(
        story=story, settings=Settings(home=tmp_path), machine=machine, model_version="v7"
    )
    save_load(run, tmp_path)
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["machine"]["commit"] == "0123456789ab"
    assert {figure["name"] for figure in document["figures"]} == set(judge(story))
    assert len(document["replicas"]) == len(STEP_LOOKS)
    lines = (tmp_path / "seconds.csv").read_text().splitlines()
    assert len(lines) == 1 + len(to_seconds(story))
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
    assert not math.isnan(document["kinds"]["prediction"]["from_due"]["p95_ms"])
