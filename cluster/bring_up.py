"""``up`` and ``down`` of the local cluster, as sequences of steps.

The processes are the state: what runs is found by pid files and asked over HTTP, so a crash at
any moment leaves nothing that the next ``up`` cannot clear away.
"""

import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cluster import head, mlflow_ui, serve_control
from cluster.bundle import load_bundle, verify_bundle
from cluster.champion import resolve_champion
from cluster.errors import ProcessError
from cluster.http_probe import wait_for
from cluster.keys import ensure_admin_key
from cluster.lock import Report, locked
from cluster.ports import check_ports, list_port_uses
from cluster.processes import (
    ProcessRecord,
    is_alive,
    load_record,
    stop_all,
)
from cluster.ray_auth import load_ray_token
from cluster.rollout import roll_out
from cluster.serve_config import Candidate, build_serve_config
from cluster.service import wait_for_service
from cluster.settings import Settings
from cluster.storage import BUNDLED_CHAMPION_DIR, Layout, create_folders

SERVICES = (head.SERVICE, mlflow_ui.SERVICE)
_NUM_STEPS = 5
_HEAD_ANSWER_TIMEOUT_S = 5.0


def up(
    settings: Settings,
    *,
    artifact_dir: Path | None,
    report: Report,
    candidate: Candidate | None = None,
) -> None:
    """Start what does not run, and return when a prediction can be asked for.

    Replicas that run take another model without being replaced and without losing a request.

    Args:
        settings: of this installation.
        artifact_dir: artifact to serve; None serves the registry's champion.
        report: takes one line of progress.
        candidate: a model on trial beside it; None ends a trial.

    Raises:
        ClusterError: something is in the way; the message says what to do.
    """
    layout = settings.layout
    create_folders(layout, min_free_bytes=settings.min_free_bytes)
    with locked(layout.lock_path, report=report):
        if layout.nodes_path.exists():
            raise ProcessError(
                f"A cluster of several nodes belongs to {layout.home}. Start what is missing of it "
                "with `python -m cluster nodes up`, or end it with `python -m cluster down`."
            )
        started_s = time.monotonic()
        ensure_admin_key(layout)
        load_ray_token()
        load_bundle(artifact_dir or BUNDLED_CHAMPION_DIR)  # fail before anything is started
        if candidate is not None:
            verify_bundle(candidate.artifact_dir)
        report(_line(1, f"Keys and folders in {layout.home} ... ready"))
        with ThreadPoolExecutor(max_workers=1) as executor:
            future = executor.submit(_find_artifact, settings, artifact_dir)
            _start_services(settings, future, candidate, report=report)
        report(f"Leafray is ready at {settings.http_url} ({time.monotonic() - started_s:.1f} s)")


def down(settings: Settings, *, report: Report) -> None:
    """End every process of this installation; end nothing else.

    Raises:
        ProcessError: a process could not be ended.
    """
    layout = settings.layout
    if not layout.state_dir.is_dir():
        report("Nothing to stop.")
        return
    with locked(layout.lock_path, report=report):
        num_stopped = _stop_services(settings)
    report(f"Stopped {num_stopped} processes." if num_stopped else "Nothing to stop.")


def _start_services(
    settings: Settings, artifact: "Future[Path]", candidate: Candidate | None, *, report: Report
) -> None:
    layout = settings.layout
    clock = _Stopwatch()
    _clear_remains(settings, report=report)
    if not is_alive(load_record(layout.pid_path(head.SERVICE))):
        layout.deployment_path.unlink(missing_ok=True)
        head.start_head(settings)

    wait_for_service(settings, head.SERVICE, lambda: head.is_head_ready(settings))
    report(_line(2, f"Ray head {settings.dashboard_url} ... ready in {clock.lap_s:.1f} s"))

    artifact_dir = artifact.result()
    report(_line(3, f"Model {artifact_dir.name} ... checked in {clock.lap_s:.1f} s"))

    # Only now: the registration above may be making the tables of a new store.
    if not is_alive(load_record(layout.pid_path(mlflow_ui.SERVICE))):
        mlflow_ui.start_ui(settings)

    config = build_serve_config(
        settings,
        artifact_dir=artifact_dir,
        api_keys_path=layout.api_keys_path,
        candidate=candidate,
    )
    roll_out(settings, config)
    report(_line(4, f"Predict service {settings.http_url} ... ready in {clock.lap_s:.1f} s"))

    wait_for_service(settings, mlflow_ui.SERVICE, lambda: mlflow_ui.is_ui_ready(settings))
    report(_line(5, f"MLflow UI {settings.mlflow_url} ... ready in {clock.lap_s:.1f} s"))


def _find_artifact(settings: Settings, artifact_dir: Path | None) -> Path:
    if artifact_dir is None:
        return resolve_champion(settings, bundled_dir=BUNDLED_CHAMPION_DIR)
    verify_bundle(artifact_dir)
    return artifact_dir.resolve()


def _clear_remains(settings: Settings, *, report: Report) -> None:
    """Leave a head that works or no process at all, and free ports for what is missing."""
    head_record = load_record(settings.layout.pid_path(head.SERVICE))
    if not (is_alive(head_record) and _is_head_usable(settings)):
        num_stopped = _stop_services(settings)
        if num_stopped:
            report(f"Cleared away {num_stopped} processes of a start that had ended badly.")
    missing = {
        service
        for service in SERVICES
        if not is_alive(load_record(settings.layout.pid_path(service)))
    }
    check_ports(use for use in list_port_uses(settings) if use.daemon in missing)


def _is_head_usable(settings: Settings) -> bool:
    """Tell whether the head answers and its application, if there is one, has not failed."""
    if not wait_for(lambda: head.is_head_ready(settings), timeout_s=_HEAD_ANSWER_TIMEOUT_S):
        return False
    return serve_control.is_service_ready(settings) or serve_control.get_failure(settings) is None


def _stop_services(settings: Settings) -> int:
    layout = settings.layout
    records = _load_records(settings)
    num_stopped = stop_all(records.values(), marker=str(layout.home), grace_s=settings.stop_grace_s)
    for service in _list_services(layout):
        layout.pid_path(service).unlink(missing_ok=True)
    layout.deployment_path.unlink(missing_ok=True)
    layout.nodes_path.unlink(missing_ok=True)
    shutil.rmtree(layout.postgres_dir, ignore_errors=True)
    _remove_old_sessions(layout)
    return num_stopped


def _remove_old_sessions(layout: Layout) -> None:
    """Keep the logs of the last session alone; each session holds its own spill and logs."""
    sessions = sorted(layout.ray_dir.glob("session_2*"))
    for folder in (*sessions[:-1], *layout.haproxy_dir.glob("*")):
        shutil.rmtree(folder, ignore_errors=True)


def _load_records(settings: Settings) -> dict[str, ProcessRecord]:
    layout = settings.layout
    found = {service: load_record(layout.pid_path(service)) for service in _list_services(layout)}
    return {service: record for service, record in found.items() if record is not None}


def _list_services(layout: Layout) -> list[str]:
    """Return what was started here, by one of the commands or the other."""
    return [path.stem for path in layout.state_dir.glob("*.pid")]


def _line(step: int, text: str) -> str:
    return f"[{step}/{_NUM_STEPS}] {text}"


class _Stopwatch:
    """Seconds since the last look."""

    def __init__(self) -> None:
        self._last_s = time.monotonic()

    @property
    def lap_s(self) -> float:
        now_s = time.monotonic()
        lap_s, self._last_s = now_s - self._last_s, now_s
        return lap_s
