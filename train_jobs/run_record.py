"""The record of a retraining run: its status when it begins, and its lines in the audit trail."""

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cluster.audit import append_entry, make_entry
from cluster.errors import RunStateError
from cluster.machine import find_commit
from cluster.run_status import (
    RunState,
    RunStatus,
    create_run_id,
    describe_process,
    load_status,
    to_time,
)
from cluster.settings import Settings

_TOLD = ("overall", "new_data", "field", "calibration")


def open_status(
    settings: Settings,
    run_id: str | None,
    *,
    config: str | None,
    actor: str,
    upload_ids: tuple[str, ...],
) -> RunStatus:
    """Return the status to go on with: the queued run of the id, or a new one.

    Raises:
        RunStateError: the id has been used.
    """
    now_s = time.time()
    process: Mapping[str, Any] = describe_process()
    if run_id is not None and settings.layout.run_status_path(run_id).exists():
        found = load_status(settings.layout, run_id)
        if found.status is not RunState.QUEUED or found.process is not None:
            raise RunStateError(
                f"The run {run_id} is {found.status.value} already; an id is used once."
            )
        return found.model_copy(update={**process, "heartbeat_s": now_s, "started": to_time(now_s)})
    return RunStatus(
        run_id=run_id or create_run_id(datetime.now(UTC), secrets.token_hex(2)),
        status=RunState.QUEUED,
        config=config or "",
        actor=actor,
        created_s=now_s,
        heartbeat_s=now_s,
        started=to_time(now_s),
        upload_ids=upload_ids,
        **process,
    )


def tell(settings: Settings, status: RunStatus, *, outcome: str) -> None:
    """Add a line to the audit trail: where the run stands, with figures before and after."""
    numbers = (status.verdict or {}).get("numbers", {})
    entry = make_entry(
        "retrain",
        status.run_id,
        actor=status.actor,
        outcome=outcome,
        detail=f"{status.status.value}: {status.reason}" if outcome != "started" else "",
        data_hash=status.dataset_version,
        code_commit=find_commit(),
        before=_pick(numbers, "champion", status.champion_version),
        after=_pick(numbers, "challenger", status.model_version),
    )
    append_entry(settings.layout.audit_path, entry)


def _pick(
    numbers: Mapping[str, float], side: str, model_version: str | None
) -> dict[str, float | str | None]:
    if model_version is None:
        return {}
    picked = {name: numbers[f"{name}/{side}"] for name in _TOLD if f"{name}/{side}" in numbers}
    return {"model_version": model_version, **picked}
