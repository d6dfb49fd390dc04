"""Predictions on three nodes while workers are lost and come back."""

import pytest


@pytest.mark.timeout(420)
def test_a_lost_worker_costs_no_caller_an_answer(nodes, callers, say):
    # The replicas of the first one start on the second, which is lost with all of them.
    first = nodes.find_node_of("predict")
    second = {"worker-1": "worker-2", "worker-2": "worker-1"}[first]
    for lost in (first, second):
        with callers.again() as asking:
            asking.wait_for_answers(20)
            assert "processes of" in nodes.run("cluster", "nodes", "kill", lost)
            replaced_s = nodes.wait_for_replicas(without=lost)
            asking.wait_for_answers(60)
            up_s = nodes.up()
            asking.wait_for_answers(20)
        assert asking.failures == []
        say(
            f"{lost} lost: two replicas again after {replaced_s:.1f} s; {asking.describe()}; "
            f"back {up_s:.1f} s after `nodes up`"
        )
