"""Background services: start in a session of their own, find again, end with all descendants.

A pid file holds the pid and the moment the process was made, so a pid that the system gave to
another program since is never signalled. Descendants are found three ways, because each fails
somewhere: by parent (lost when the parent dies), by session (left by Ray's job drivers), by a
marker in the environment (overwritten in processes that rename themselves).
"""

import os
import pwd
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from cluster.errors import ProcessError
from cluster.keys import write_private

MARKER = "LEAFRAY_SERVICE_OF"
_CREATE_TIME_TOLERANCE_S = 0.05
_KILL_TIMEOUT_S = 15.0
_POLL_S = 0.05
_LOG_TAIL_LINES = 12
_MAX_LOG_BYTES = 32 * 1024**2


class ProcessRecord(BaseModel):
    """Identity of a process: a pid alone is used again by the system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    create_time_s: float


class UserOptions(TypedDict, total=False):
    """Whom a program runs as, in the words of `subprocess`."""

    user: str
    group: int
    extra_groups: tuple[int, ...]


def start_daemon(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log_path: Path,
    pid_path: Path,
    marker: str,
    user: str | None = None,
) -> ProcessRecord:
    """Start a command that outlives this process, its output appended to ``log_path``.

    As ``user``, whom root alone may name; None: as oneself.

    Raises:
        ProcessError: the program cannot be started.
    """
    if log_path.exists() and log_path.stat().st_size > _MAX_LOG_BYTES:
        log_path.replace(log_path.with_suffix(".log.1"))
    try:
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                list(command),
                env={**env, MARKER: marker},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                close_fds=True,
                **as_user(user),
            )
    except OSError as error:
        raise ProcessError(
            f"Cannot start {command[0]}: {error.strerror}. Run `make setup` and try again."
        ) from error
    record = ProcessRecord(pid=process.pid, create_time_s=psutil.Process(process.pid).create_time())
    write_private(pid_path, record.model_dump_json())
    # The process is found through its pid file from now on; this silences Popen's own warning.
    process.returncode = 0
    return record


def load_record(pid_path: Path) -> ProcessRecord | None:
    """Read a pid file; an absent or spoilt one is None."""
    try:
        return ProcessRecord.model_validate_json(pid_path.read_bytes())
    except (OSError, ValidationError):
        return None


def is_alive(record: ProcessRecord | None) -> bool:
    """Tell whether the recorded process itself, not a successor of its pid, still runs."""
    return record is not None and _find_process(record) is not None


def as_user(user: str | None) -> UserOptions:
    """Return the options of `subprocess` that let a program run as another user."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": ()}


def find_members(
    records: Iterable[ProcessRecord], *, marker: str | None = None
) -> list[psutil.Process]:
    """Find the recorded processes and everything that they started.

    Without ``marker`` what has left both the tree and the session of its parent is not found.
    """
    records = tuple(records)
    members: dict[int, psutil.Process] = {}
    for record in records:
        root = _find_process(record)
        if root is not None:
            members[root.pid] = root
            members.update({child.pid: child for child in _children_of(root)})
    for process in psutil.process_iter():
        if process.pid == os.getpid() or process.pid in members:
            continue
        is_marked = marker is not None and _has_marker(process, marker)
        if is_marked or any(_in_session(process, item) for item in records):
            members[process.pid] = process
    return [process for process in members.values() if _is_running(process)]


def stop_all(records: Iterable[ProcessRecord], *, marker: str, grace_s: float) -> int:
    """End the recorded processes and everything that they started; return how many there were.

    The recorded ones are asked to end; what is left after ``grace_s`` is killed.

    Raises:
        ProcessError: something survived even that.
    """
    records = tuple(records)
    members = find_members(records, marker=marker)
    num_members = len(members)
    for record in records:
        root = _find_process(record)
        if root is not None:
            _signal(root, kill=False)
    _wait_until_gone(members, timeout_s=grace_s)
    _kill_until_gone(records, marker=marker)
    return num_members


def kill_at_once(record: ProcessRecord) -> int:
    """End a recorded process and everything that it started as a power cut does: nobody is asked.

    Returns:
        How many there were.

    Raises:
        ProcessError: something survived even that.
    """
    members = find_members([record])
    for process in members:
        _signal(process, kill=True)
    _kill_until_gone([record], marker=None)
    return len(members)


def _kill_until_gone(records: Sequence[ProcessRecord], *, marker: str | None) -> None:
    deadline_s = time.monotonic() + _KILL_TIMEOUT_S
    # Again and again: a supervisor may start a child between the look and the blow.
    while members := find_members(records, marker=marker):
        if time.monotonic() > deadline_s:
            pids = ", ".join(str(process.pid) for process in members)
            raise ProcessError(f"These processes cannot be ended: {pids}. End them by hand.")
        for process in members:
            _signal(process, kill=True)
        _wait_until_gone(members, timeout_s=1.0)


def read_log_tail(log_path: Path) -> str:
    """Return the last lines of a log, indented, for an error message."""
    try:
        lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"  | {line}" for line in lines[-_LOG_TAIL_LINES:])


def _find_process(record: ProcessRecord) -> psutil.Process | None:
    try:
        process = psutil.Process(record.pid)
        return process if _is_same_birth(process, record) and _is_running(process) else None
    except psutil.Error:
        return None


def _children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _has_marker(process: psutil.Process, marker: str) -> bool:
    try:
        return process.environ().get(MARKER) == marker
    except psutil.Error:
        return False


def _in_session(process: psutil.Process, record: ProcessRecord) -> bool:
    try:
        if os.getsid(process.pid) != record.pid:
            return False
        if process.create_time() < record.create_time_s - _CREATE_TIME_TOLERANCE_S:
            return False
    except (psutil.Error, OSError):
        return False
    # The kernel gives a pid away again only when nobody is left in its session, so a leader with
    # another birth leads another session.
    return not _is_replaced(record)


def _is_replaced(record: ProcessRecord) -> bool:
    try:
        return not _is_same_birth(psutil.Process(record.pid), record)
    except psutil.Error:
        return False


def _is_same_birth(process: psutil.Process, record: ProcessRecord) -> bool:
    return abs(process.create_time() - record.create_time_s) < _CREATE_TIME_TOLERANCE_S


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.Error:
        return


def _wait_until_gone(processes: Iterable[psutil.Process], *, timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    waiting = list(processes)
    while waiting and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
        waiting = [process for process in waiting if _is_running(process)]
