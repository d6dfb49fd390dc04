"""What of the local cluster runs and answers at this moment."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import head, mlflow_ui, serve_control
from cluster.processes import ProcessRecord, is_alive, load_record
from cluster.serve_config import get_order
from cluster.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """One service, as found by its pid file and over HTTP."""

    name: str
    is_running: bool
    is_ready: bool
    pid: int | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """The local cluster at one moment."""

    services: tuple[ServiceStatus, ...]
    artifact_dir: str | None
    home: str

    @property
    def is_ready(self) -> bool:
        """Whether every service answers."""
        return all(service.is_ready for service in self.services)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing of this installation runs."""
        return not any(service.is_running for service in self.services)


def get_status(settings: Settings) -> ClusterStatus:
    """Look at every service; takes no lock and starts nothing."""
    layout = settings.layout
    head_record = load_record(layout.pid_path(head.SERVICE))
    ui_record = load_record(layout.pid_path(mlflow_ui.SERVICE))
    head_runs, ui_runs = is_alive(head_record), is_alive(ui_record)
    services = (
        _to_status(
            "ray",
            head_record,
            settings.dashboard_url,
            head_runs,
            head.is_head_ready(settings),
        ),
        _to_status(
            "predict",
            head_record,
            settings.http_url,
            head_runs,
            serve_control.is_service_ready(settings),
        ),
        _to_status(
            "mlflow",
            ui_record,
            settings.mlflow_url,
            ui_runs,
            mlflow_ui.is_ui_ready(settings),
        ),
    )
    config = load_deployment(layout.deployment_path) if head_runs else None
    artifact_dir = get_order(config)["artifact_dir"] if config else None
    return ClusterStatus(services=services, artifact_dir=artifact_dir, home=str(layout.home))


def load_deployment(path: Path) -> dict[str, Any] | None:
    """Read the Serve configuration that was last deployed; None where there is none."""
    try:
        config = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) else None


def _to_status(
    name: str, record: ProcessRecord | None, url: str, is_running: bool, is_ready: bool
) -> ServiceStatus:
    return ServiceStatus(
        name=name,
        is_running=is_running,
        is_ready=is_running and is_ready,
        pid=record.pid if record is not None and is_running else None,
        url=url,
    )
