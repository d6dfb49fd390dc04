"""Background services and ports, with real processes and sockets (no Ray needed)."""

import os
import socket
import sys

import psutil
import pytest

from cluster.errors import PortTakenError, ProcessError
from cluster.http_probe import wait_for
from cluster.ports import PortUse, check_ports, find_owner, is_taken
from cluster.processes import (
    ProcessRecord,
    find_members,
    is_alive,
    kill_at_once,
    load_record,
    start_daemon,
    stop_all,
)

# The child leaves the session as Ray's job drivers do, and both ignore a request to end.
STUBBORN_PARENT = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(120)"
subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
time.sleep(120)
"""


def start(tmp_path, code, *, marker="test"):
    return start_daemon(
        [sys.executable, "-c", code],
        env=dict(os.environ),
        cwd=tmp_path,
        log_path=tmp_path / "service.log",
        pid_path=tmp_path / "service.pid",
        marker=f"{marker}-{tmp_path}",
    )


def test_a_stubborn_service_ends_with_its_strayed_child(tmp_path):
    record = start(tmp_path, STUBBORN_PARENT)
    marker = f"test-{tmp_path}"
    assert load_record(tmp_path / "service.pid") == record
    assert wait_for(lambda: len(find_members([record], marker=marker)) == 2, timeout_s=20)
    assert stop_all([record], marker=marker, grace_s=0.2) == 2
    assert not is_alive(record)
    assert find_members([record], marker=marker) == []


def test_orphans_are_found_after_the_parent_was_killed(tmp_path):
    record = start(tmp_path, STUBBORN_PARENT)
    marker = f"test-{tmp_path}"
    assert wait_for(lambda: len(find_members([record], marker=marker)) == 2, timeout_s=20)
    psutil.Process(record.pid).kill()
    assert wait_for(lambda: not is_alive(record), timeout_s=10)
    assert stop_all([record], marker=marker, grace_s=0.0) == 1


def test_a_power_cut_takes_the_whole_tree(tmp_path):
    record = start(tmp_path, STUBBORN_PARENT)
    marker = f"test-{tmp_path}"
    assert wait_for(lambda: len(find_members([record])) == 2, timeout_s=20)
    assert kill_at_once(record) == 2
    assert find_members([record], marker=marker) == []


def test_a_pid_that_was_used_again_is_never_touched():
    stale = ProcessRecord(pid=os.getppid(), create_time_s=1.0)
    assert not is_alive(stale)
    assert stop_all([stale], marker="nobody has this marker", grace_s=0.0) == 0
    assert psutil.pid_exists(os.getppid())


@pytest.mark.parametrize("content", ["", "12", '{"pid": "x"}'])
def test_a_spoilt_pid_file_is_no_record(tmp_path, content):
    (tmp_path / "x.pid").write_text(content)
    assert load_record(tmp_path / "x.pid") is None


def test_a_missing_program_is_told(tmp_path):
    with pytest.raises(ProcessError, match="make setup"):
        start_daemon(
            [str(tmp_path / "no-such-program")],
            env={},
            cwd=tmp_path,
            log_path=tmp_path / "a.log",
            pid_path=tmp_path / "a.pid",
            marker="m",
        )


def test_a_taken_port_is_named_with_its_process_and_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_taken(port)
        assert find_owner(port).pid == os.getpid()
        use = PortUse(port=port, daemon="d", service="the test", variable="LEAFRAY_TEST_PORT")
        with pytest.raises(PortTakenError) as caught:
            check_ports([use])
    message = str(caught.value)
    for part in (str(port), str(os.getpid()), "make stop", f"LEAFRAY_TEST_PORT={port + 1}"):
        assert part in message
    assert not is_taken(port)
    check_ports([use])
