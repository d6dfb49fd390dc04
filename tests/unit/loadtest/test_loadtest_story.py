"""What a drill says: failures as callers see them, times of scaling, growth of memory."""

import math

import pytest

from loadtest.patience import Failure
from loadtest.patient_loop import Question
from loadtest.replica_watch import Look, Replica
from loadtest.story import (
    count_raw_failures,
    count_versions,
    judge_failures,
    judge_memory,
    judge_scale_up,
    to_seconds,
)

LOST = Failure(reason="connection lost")


def ask(started_s, ended_s, *, failures=(), fault=None):
    return Question(
        started_s=started_s,
        ended_s=ended_s,
        failures=failures,
        fault=fault,
        model_version=None if fault else "v1",
    )


def look(at_s, replicas, *, answered_by="a", memory_mib=100.0):
    return Look(
        at_s=at_s,
        replicas=tuple(
            Replica(replica_id=name, state=state, pid=1, memory_mib=memory_mib)
            for name, state in replicas.items()
        ),
        answered_by=answered_by,
    )


def test_only_what_no_attempt_could_answer_is_a_failed_request():
    questions = [
        ask(0.0, 0.1),
        ask(0.1, 1.5, failures=(LOST,)),
        ask(0.2, 1.9, failures=(LOST, LOST, LOST), fault="connection lost"),
    ]
    (verdict,) = judge_failures(questions)
    assert (verdict.value, verdict.is_met) == (1, False)
    assert judge_failures(questions[:2])[0].is_met
    assert count_raw_failures(questions) == {"connection lost": 4}
    assert count_versions(questions) == {"v1": 2}


def test_the_decision_is_when_a_replica_appears_and_serving_is_when_it_answers():
    looks = [
        look(1.0, {"a": "RUNNING"}),
        look(5.5, {"a": "RUNNING"}),
        look(7.0, {"a": "RUNNING", "b": "STARTING"}),
        look(9.0, {"a": "RUNNING", "b": "RUNNING"}),
        look(9.5, {"a": "RUNNING", "b": "RUNNING"}, answered_by=None),
        look(9.8, {"a": "RUNNING", "b": "RUNNING"}, answered_by="b"),
    ]
    decision, serving = judge_scale_up(looks, step_at_s=5.0)
    assert decision.value == pytest.approx(2.0)
    assert serving.value == pytest.approx(4.8)
    assert decision.is_met
    assert serving.is_met


def test_replicas_that_never_came_are_no_figure():
    verdicts = judge_scale_up(
        [look(1.0, {"a": "RUNNING"}), look(9.0, {"a": "RUNNING"})], step_at_s=5.0
    )
    assert all(math.isnan(verdict.value) and not verdict.is_met for verdict in verdicts)


@pytest.mark.parametrize(("per_look_mib", "is_met"), [(0.0, True), (0.1, True), (5.0, False)])
def test_memory_that_grows_is_seen(per_look_mib, is_met):
    looks = [look(idx, {"a": "RUNNING"}, memory_mib=300 + per_look_mib * idx) for idx in range(100)]
    (verdict,) = judge_memory(looks)
    assert verdict.is_met is is_met


def test_a_replica_that_came_late_says_nothing_of_memory():
    looks = [look(idx, {"a": "RUNNING"}) for idx in range(90)]
    looks += [look(90 + idx, {"b": "RUNNING"}, memory_mib=100 + 50 * idx) for idx in range(10)]
    assert judge_memory(looks)[0].is_met


def test_a_soak_that_was_too_short_is_no_figure():
    (verdict,) = judge_memory([look(1.0, {"a": "RUNNING"})])
    assert not verdict.is_met


def test_seconds_without_an_answer_are_seconds_too():
    seconds = to_seconds([ask(0.0, 0.5), ask(0.5, 2.1, failures=(LOST,))])
    assert [second.rps for second in seconds] == [1.0, 0.0, 1.0]
    assert [second.num_raw_failures for second in seconds] == [0, 0, 1]
    assert seconds[2].p95_ms == pytest.approx(1600)
