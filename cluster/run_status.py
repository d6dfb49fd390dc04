"""Where retraining runs stand: one JSON file a run, readable without Ray, Torch or MLflow.

The run writes it, in one step each time, and beats in it while it lives; whoever reads it may call
`reconcile`, so that a run that was killed does not look alive for ever.
"""

import os
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cluster.atomic_file import replace_file
from cluster.errors import RunError, RunStateError
from cluster.processes import ProcessRecord, is_alive
from cluster.storage import Layout

RUN_PREFIX = "retrain-"
# A run beats every 5 s; a machine that swaps may hold it up, so a minute and not less.
HEARTBEAT_S = 5.0
_MAX_SILENCE_S = 60.0
# What was handed to Ray Jobs and never began: the job waits for CPUs, or was lost.
_MAX_UNSTARTED_S = 900.0
_MAX_RUNS = 1000


class RunState(StrEnum):
    """The life of a run: queued, running, and one of the ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    """The challenger was promoted."""
    REJECTED = "rejected"
    """The gate kept the champion."""
    AWAITING_APPROVAL = "awaiting_approval"
    """The gate would promote, and a person was asked to."""
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended."""
        return self not in (RunState.QUEUED, RunState.RUNNING)


class RunProgress(BaseModel):
    """How far a stage is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int = 0
    epochs: int = 0
    images_per_s: float | None = None
    eta_s: float | None = None


class RunStatus(BaseModel):
    """One run at one moment."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    run_id: str = Field(pattern=r"^retrain-[A-Za-z0-9-]{1,100}$")
    status: RunState
    config: str
    actor: str
    created_s: float
    heartbeat_s: float
    """When it last gave a sign of life, in seconds since 1970."""
    stage: str = ""
    progress: RunProgress = RunProgress()
    metrics: dict[str, float] = {}
    verdict: dict[str, Any] | None = None
    dataset_version: str | None = None
    model_version: str | None = None
    champion_version: str | None = None
    reason: str = ""
    """Why it ended as it did, or what it waits for."""
    upload_ids: tuple[str, ...] = ()
    started: str | None = None
    ended: str | None = None
    host: str | None = None
    process: ProcessRecord | None = None
    """The process that runs it; None until one has begun."""


def create_run_id(now: datetime, suffix: str) -> str:
    """Return a run's id: when it was asked for, and a few characters that make it one of a kind."""
    return f"{RUN_PREFIX}{now:%Y%m%d-%H%M%S}-{suffix}"


def write_status(layout: Layout, status: RunStatus) -> RunStatus:
    """Write a run's status in one step; return it."""
    path = layout.run_status_path(status.run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, status.model_dump_json(indent=1).encode())
    return status


def load_status(layout: Layout, run_id: str) -> RunStatus:
    """Read a run's status.

    Raises:
        RunError: there is no such run, or its file is damaged.
        cluster.errors.StorageError: the id could be no folder's name.
    """
    try:
        return RunStatus.model_validate_json(layout.run_status_path(run_id).read_bytes())
    except FileNotFoundError:
        raise RunError(f"There is no retraining run {run_id!r}. List them first.") from None
    except (OSError, ValidationError) as error:
        raise RunError(
            f"The status of {run_id} cannot be read: {str(error)[:200]}. Start another run."
        ) from None


def list_statuses(layout: Layout) -> list[RunStatus]:
    """Return all runs, the newest first; one whose file is damaged is left out."""
    found: list[RunStatus] = []
    folders = sorted(layout.runs_dir.glob(f"{RUN_PREFIX}*"), reverse=True)[:_MAX_RUNS]
    for folder in folders:
        try:
            found.append(load_status(layout, folder.name))
        except RunError:
            continue
    return sorted(found, key=lambda status: status.created_s, reverse=True)


def request_cancel(layout: Layout, run_id: str) -> RunStatus:
    """Ask a run to end; it does so before its next stage, or as soon as its process is gone.

    Raises:
        RunStateError: it has ended already.
        RunError: there is no such run.
    """
    status = load_status(layout, run_id)
    if status.status.is_terminal:
        raise RunStateError(f"{run_id} has ended already: {status.status.value}.")
    layout.run_cancel_path(run_id).touch()
    return status


def judge(
    status: RunStatus, *, now_s: float, is_process_alive: bool | None, is_cancel_asked: bool
) -> RunStatus:
    """Return what a status must say: a run that is gone has failed, or was cancelled. Pure.

    `is_process_alive`: None where nobody here can tell (another host, or no process yet); then the
    heartbeat alone decides.
    """
    if status.status.is_terminal:
        return status
    silence_s = now_s - status.heartbeat_s
    max_silence_s = _MAX_SILENCE_S if status.process is not None else _MAX_UNSTARTED_S
    if is_process_alive or (is_process_alive is None and silence_s <= max_silence_s):
        return status
    if is_cancel_asked:
        state, reason = RunState.CANCELLED, "cancelled on request"
    elif status.process is None:
        state = RunState.FAILED
        reason = f"it did not begin within {max_silence_s:.0f} s; ask for it again"
    else:
        state = RunState.FAILED
        where = f" in the stage {status.stage}" if status.stage else ""
        reason = f"its process ended{where} without a word; ask for the run again"
    return status.model_copy(
        update={"status": state, "reason": reason, "ended": to_time(now_s)},
    )


def reconcile(layout: Layout, *, now_s: float | None = None) -> list[RunStatus]:
    """Mend the status of every run whose process is gone; return all runs, the newest first."""
    now_s = time.time() if now_s is None else now_s
    runs: list[RunStatus] = []
    for status in list_statuses(layout):
        found = judge(
            status,
            now_s=now_s,
            is_process_alive=_find_alive(status),
            is_cancel_asked=layout.run_cancel_path(status.run_id).exists(),
        )
        if found is not status:
            write_status(layout, found)
        runs.append(found)
    return runs


def to_time(now_s: float) -> str:
    """Return a moment as ISO 8601."""
    return datetime.fromtimestamp(now_s, UTC).isoformat(timespec="seconds")


def describe_process() -> Mapping[str, Any]:
    """Return the fields that name this process."""
    created_s = psutil.Process().create_time()
    record = ProcessRecord(pid=os.getpid(), create_time_s=created_s)
    return {"host": socket.gethostname(), "process": record}


def _find_alive(status: RunStatus) -> bool | None:
    if status.process is None or status.host != socket.gethostname():
        return None
    return is_alive(status.process)
