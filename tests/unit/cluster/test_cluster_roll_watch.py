"""When an order to change the model counts as done, over all replicas."""

import pytest

from cluster.roll_watch import Outcome, ReplicaRoll, judge, list_running


def roll(state, order_id="new", reason=None):
    return ReplicaRoll(order_id=order_id, state=state, reason=reason)


@pytest.mark.parametrize(
    ("running", "rolls", "outcome"),
    [
        ("ab", {"a": roll("serving"), "b": roll("serving")}, Outcome.DONE),
        ("ab", {"a": roll("serving")}, Outcome.PENDING),
        ("ab", {"a": roll("serving"), "b": roll("rolling")}, Outcome.PENDING),
        ("ab", {"a": roll("serving"), "b": roll("serving", "old")}, Outcome.PENDING),
        ("ab", {"a": roll("serving"), "b": roll("failed", reason="no graph")}, Outcome.FAILED),
        # A failure of an earlier order is no news.
        ("a", {"a": roll("failed", "old")}, Outcome.PENDING),
        # A replica that is gone need not follow any more.
        ("a", {"a": roll("serving"), "gone": roll("rolling")}, Outcome.DONE),
        ("", {}, Outcome.PENDING),
    ],
)
def test_an_order_is_done_when_every_running_replica_serves_by_it(running, rolls, outcome):
    found, reason = judge(frozenset(running), rolls, "new")
    assert found is outcome
    assert reason == ("no graph" if outcome is Outcome.FAILED else "")


def test_only_replicas_that_take_requests_count():
    replicas = [
        {"replica_id": "a", "state": "RUNNING"},
        {"replica_id": "b", "state": "STARTING"},
        {"replica_id": "c", "state": "STOPPING"},
    ]
    assert list_running({"deployments": {"PredictService": {"replicas": replicas}}}) == {"a"}
    assert list_running({}) == frozenset()
