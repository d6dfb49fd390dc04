"""Where runs stand: what a dead run says, what a living one keeps, what can be read."""

import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from cluster.errors import RunError
from cluster.processes import ProcessRecord
from cluster.run_status import (
    RunState,
    RunStatus,
    create_run_id,
    describe_process,
    judge,
    list_statuses,
    load_status,
    reconcile,
    request_cancel,
    write_status,
)
from cluster.storage import Layout

PROCESS = ProcessRecord(pid=1, create_time_s=1.0)


def status(run_id="retrain-20260101-000000-aa", **changes) -> RunStatus:
    fields = {
        "status": RunState.RUNNING,
        "config": "head",
        "actor": "user:ada",
        "created_s": 1000.0,
        "heartbeat_s": 1000.0,
        "stage": "train",
        "process": PROCESS,
        "host": "elsewhere",
    }
    return RunStatus.model_validate({"run_id": run_id, **fields, **changes})


@pytest.fixture
def layout(tmp_path) -> Layout:
    return Layout(home=tmp_path)


def test_a_status_comes_back_as_it_was(layout):
    written = write_status(layout, status(verdict={"promote": True}, metrics={"val": 0.9}))
    assert load_status(layout, written.run_id) == written
    assert list_statuses(layout) == [written]
    with pytest.raises(RunError, match="retrain-none"):
        load_status(layout, "retrain-none")


def test_a_damaged_status_hides_no_other(layout):
    good = write_status(layout, status())
    bad = layout.run_status_path("retrain-bad")
    bad.parent.mkdir()
    bad.write_text("{")
    assert list_statuses(layout) == [good]
    with pytest.raises(RunError, match="cannot be read"):
        load_status(layout, "retrain-bad")


def test_the_newest_run_comes_first(layout):
    runs = [status(f"retrain-{name}", created_s=when) for name, when in (("a", 3), ("b", 5))]
    for run in runs:
        write_status(layout, run)
    assert [run.run_id for run in list_statuses(layout)] == ["retrain-b", "retrain-a"]


@pytest.mark.parametrize(
    ("changes", "now_s", "is_alive", "expected"),
    [
        ({}, 1030.0, None, RunState.RUNNING),
        ({}, 1061.0, None, RunState.FAILED),
        ({}, 9999.0, True, RunState.RUNNING),
        ({}, 1001.0, False, RunState.FAILED),
        ({"status": "queued", "process": None}, 1800.0, None, RunState.QUEUED),
        ({"status": "queued", "process": None}, 1901.0, None, RunState.FAILED),
        ({"status": "succeeded"}, 9999.0, False, RunState.SUCCEEDED),
        ({"status": "awaiting_approval"}, 9999.0, False, RunState.AWAITING_APPROVAL),
    ],
)
def test_a_run_whose_process_is_gone_has_failed(changes, now_s, is_alive, expected):
    found = judge(status(**changes), now_s=now_s, is_process_alive=is_alive, is_cancel_asked=False)
    assert found.status is expected
    assert (found.status is RunState.FAILED) == (found.ended is not None)


def test_a_killed_run_that_was_to_be_cancelled_is_cancelled():
    found = judge(status(), now_s=2000.0, is_process_alive=False, is_cancel_asked=True)
    assert found.status is RunState.CANCELLED


def test_a_dead_process_of_this_machine_is_found_at_once(layout):
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    mine = describe_process()
    gone = ProcessRecord(pid=done.pid, create_time_s=1.0)
    now_s = time.time()
    write_status(layout, status("retrain-me", heartbeat_s=now_s, **mine))
    write_status(layout, status("retrain-gone", heartbeat_s=now_s, host=mine["host"], process=gone))
    found = {run.run_id: run for run in reconcile(layout)}
    assert found["retrain-me"].status is RunState.RUNNING
    assert found["retrain-gone"].status is RunState.FAILED
    assert "in the stage train" in found["retrain-gone"].reason
    assert load_status(layout, "retrain-gone") == found["retrain-gone"]


def test_only_a_run_that_goes_on_can_be_cancelled(layout):
    run = write_status(layout, status())
    request_cancel(layout, run.run_id)
    assert layout.run_cancel_path(run.run_id).exists()
    ended = write_status(layout, status("retrain-b", status="rejected"))
    with pytest.raises(RunError, match="rejected"):
        request_cancel(layout, ended.run_id)


def test_an_id_says_when_and_names_a_folder(layout):
    run_id = create_run_id(datetime(2026, 5, 1, 12, 0, tzinfo=UTC), "ab12")
    assert run_id == "retrain-20260501-120000-ab12"
    write_status(layout, status(run_id))
    with pytest.raises(ValueError, match="run_id"):
        status("../../etc")
