"""MLflow as on a cluster: its server, in front of PostgreSQL and a store of objects.

The store speaks Amazon's S3: moto's server. It keeps objects in memory, for as long as it runs, and
lets everybody in: it stands for MinIO or a bucket where the protocol is what counts.
"""

import importlib.util
import os
import sys
from http import HTTPStatus

from cluster import mlflow_ui
from cluster.errors import ProcessError
from cluster.http_probe import call, is_ok
from cluster.local_nodes import postgres
from cluster.local_nodes.plan import Plan
from cluster.service import start_service, wait_for_service
from cluster.settings import LOOPBACK, Settings

OBJECT_STORE = "object-store"
BUCKET = "mlflow"


def start_object_store(settings: Settings, plan: Plan) -> None:
    """Start the store of objects, empty but for a bucket, and return when it answers.

    Raises:
        ProcessError: it is not installed, or did not start.
    """
    layout = settings.layout
    if importlib.util.find_spec("moto") is None:
        raise ProcessError("The package moto is missing. Run `make setup` and try again.")
    start_service(
        layout,
        OBJECT_STORE,
        [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(plan.object_store_port)],
        env=os.environ,
    )
    url = get_object_store_url(plan)
    wait_for_service(settings, OBJECT_STORE, lambda: is_ok(url))
    made = call("PUT", f"{url}/{BUCKET}")
    if made is None or made.status_code != HTTPStatus.OK:
        raise ProcessError(
            f"The store of objects made no bucket; see {layout.log_path(OBJECT_STORE)}."
        )


def start_mlflow(settings: Settings, plan: Plan) -> None:
    """Start MLflow's server and return when it answers.

    Raises:
        ProcessError: it did not start.
    """
    layout = settings.layout
    start_service(
        layout,
        mlflow_ui.SERVICE,
        build_command(settings),
        env=os.environ | mlflow_ui.ENVIRONMENT | build_environment(plan),
    )
    wait_for_service(settings, mlflow_ui.SERVICE, lambda: mlflow_ui.is_ui_ready(settings))


def get_object_store_url(plan: Plan) -> str:
    """Return the base URL of the store of objects."""
    return f"http://{LOOPBACK}:{plan.object_store_port}"


def build_command(settings: Settings) -> list[str]:
    """Return the server's command line: the one of Compose, with one worker."""
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *(f"--host={LOOPBACK}", f"--port={settings.mlflow_port}", "--workers=1"),
        *("--serve-artifacts", f"--artifacts-destination=s3://{BUCKET}"),
    ]


def build_environment(plan: Plan) -> dict[str, str]:
    """Return where the server keeps things; in the environment, for it holds a password."""
    return {
        "MLFLOW_BACKEND_STORE_URI": postgres.build_url(plan),
        "MLFLOW_S3_ENDPOINT_URL": get_object_store_url(plan),
        # boto3 sends nothing without some; moto takes any.
        "AWS_ACCESS_KEY_ID": "leafray",
        "AWS_SECRET_ACCESS_KEY": "leafray",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
