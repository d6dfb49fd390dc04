"""The MLflow UI on this machine."""

import os
import sys

from cluster.http_probe import is_ok
from cluster.processes import ProcessRecord
from cluster.service import start_service
from cluster.settings import LOOPBACK, Settings

SERVICE = "mlflow-ui"
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # The runner of generative-AI jobs is several idle processes; nothing here uses it.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


def start_ui(settings: Settings) -> ProcessRecord:
    """Start the MLflow server as a daemon; it is not ready yet on return."""
    layout = settings.layout
    return start_service(
        layout,
        SERVICE,
        build_command(settings),
        env=os.environ | ENVIRONMENT,
    )


def is_ui_ready(settings: Settings) -> bool:
    """Tell whether the UI answers."""
    return is_ok(f"{settings.mlflow_url}/health")


def build_command(settings: Settings) -> list[str]:
    """Return the command line of the server."""
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        f"--backend-store-uri={settings.mlflow_tracking_uri}",
        f"--default-artifact-root={settings.layout.mlflow_artifacts_dir.as_uri()}",
        f"--host={LOOPBACK}",
        f"--port={settings.mlflow_port}",
        "--workers=1",
    ]
