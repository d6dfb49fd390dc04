"""The predict application on Ray Serve: one configuration, sent through the dashboard's REST API.

No ``import ray`` here: a status question must not cost seconds.
"""

import json
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cluster.errors import ServeError
from cluster.http_probe import Answer, call, is_ok, wait_for
from cluster.ray_auth import auth_headers
from cluster.settings import Settings

APPLICATION = "predict"
DEPLOYMENT = "PredictService"

_API_PATH = "/api/serve/applications/"
# The first call starts the Serve controller: several imports of Ray on a busy machine.
_DEPLOY_TIMEOUT_S = 120.0
_STATUS_TIMEOUT_S = 20.0
_FAILURE_POLL_S = 2.0
_FAILED_STATUSES = frozenset({"DEPLOY_FAILED", "UNHEALTHY"})
_MAX_MESSAGE_CHARS = 2000


def build_serve_config(
    settings: Settings,
    *,
    artifact_dir: Path,
    api_keys_path: Path,
) -> dict[str, Any]:
    """Return the one Serve configuration of this installation."""
    return {
        "proxy_location": "HeadOnly",
        "http_options": {"host": settings.http_host, "port": settings.http_port},
        "applications": [
            {
                "name": APPLICATION,
                "route_prefix": "/",
                "import_path": settings.serve_import_path,
                "args": {
                    "artifact_dir": str(artifact_dir),
                    "api_keys_path": str(api_keys_path),
                    "requests_per_minute": settings.requests_per_minute,
                    "cors_origins": list(settings.cors_origins),
                },
                "deployments": [
                    {
                        "name": DEPLOYMENT,
                        "num_replicas": settings.num_replicas,
                        "max_ongoing_requests": settings.max_ongoing_requests,
                        # Serve's default of -1 never refuses and lets a queue grow for ever.
                        "max_queued_requests": settings.max_queued_requests,
                        "backpressure_config": {"status_code": 503, "retry_after_s": 1},
                        # The default 0 stops the only replica before its successor runs.
                        "max_surge_percent": 100,
                        "health_check_period_s": 5.0,
                        "health_check_timeout_s": 10.0,
                        "graceful_shutdown_timeout_s": 35.0,
                        "ray_actor_options": {"num_cpus": 1},
                    }
                ],
            }
        ],
    }


def deploy(settings: Settings, config: dict[str, Any]) -> None:
    """Send the configuration; Serve works on it after this returns.

    Raises:
        ServeError: the configuration was refused or the API did not answer.
    """
    answer = _call_api(settings, "PUT", json_body=config, timeout_s=_DEPLOY_TIMEOUT_S)
    if answer is None:
        raise ServeError(
            f"The Serve API of {settings.dashboard_url} did not answer within "
            f"{_DEPLOY_TIMEOUT_S:.0f} s. Run `make stop`, then try again."
        )
    if answer.status_code != HTTPStatus.OK:
        raise ServeError(
            f"Ray Serve refused the application ({answer.status_code}): "
            f"{_to_text(answer)[:_MAX_MESSAGE_CHARS]}"
        )


def is_service_ready(settings: Settings) -> bool:
    """Tell whether the HTTP service says that it can predict."""
    return is_ok(f"{settings.http_url}/readyz")


def get_failure(settings: Settings) -> str | None:
    """Return why the application failed, or None while it runs or is being deployed."""
    application = get_application(settings)
    if application is None or application.get("status") not in _FAILED_STATUSES:
        return None
    messages = [str(application.get("message", ""))]
    messages += [
        str(deployment.get("message", ""))
        for deployment in application.get("deployments", {}).values()
    ]
    return "\n".join(filter(None, messages))[-_MAX_MESSAGE_CHARS:]


def get_application(settings: Settings) -> dict[str, Any] | None:
    """Return what Serve says about the predict application; None where nothing answers."""
    answer = _call_api(settings, "GET", timeout_s=_STATUS_TIMEOUT_S)
    if answer is None or answer.status_code != HTTPStatus.OK:
        return None
    applications = json.loads(answer.body).get("applications", {})
    application = applications.get(APPLICATION)
    return application if isinstance(application, dict) else None


def wait_until_ready(settings: Settings, config: dict[str, Any]) -> None:
    """Wait until the service can predict and does so with this configuration.

    Raises:
        ServeError: the application failed, or was not ready in time.
    """
    failure: str | None = None
    next_look_s = time.monotonic() + _FAILURE_POLL_S

    def ready_or_failed() -> bool:
        nonlocal failure, next_look_s
        # While replicas are replaced the old ones go on answering, so the answer alone proves
        # nothing; the status alone does not either: HAProxy learns of a replica a little later.
        if is_service_ready(settings) and _is_deployed(settings, config):
            return True
        if time.monotonic() >= next_look_s:
            failure = get_failure(settings)
            next_look_s = time.monotonic() + _FAILURE_POLL_S
        return failure is not None

    in_time = wait_for(ready_or_failed, timeout_s=settings.start_timeout_s)
    if failure is not None:
        raise ServeError(
            f"The predict application failed to start:\n{failure}\nIts logs lie in "
            f"{settings.layout.serve_logs_dir}. Mend the cause, then `make run` again."
        )
    if not in_time:
        raise ServeError(
            f"The predict application was not ready after {settings.start_timeout_s:.0f} s. Look "
            f"at {settings.dashboard_url}, or wait longer with LEAFRAY_START_TIMEOUT_S=600."
        )


def _is_deployed(settings: Settings, config: dict[str, Any]) -> bool:
    application = get_application(settings)
    if application is None or application.get("status") != "RUNNING":
        return False
    deployed = application.get("deployed_app_config") or {}
    (wanted,) = config["applications"]
    return all(deployed.get(name) == wanted[name] for name in ("import_path", "args"))


def _call_api(
    settings: Settings, method: str, *, json_body: Any = None, timeout_s: float
) -> Answer | None:
    url = settings.dashboard_url + _API_PATH
    return call(method, url, headers=auth_headers(), json_body=json_body, timeout_s=timeout_s)


def _to_text(answer: Answer) -> str:
    return answer.body.decode(errors="replace")
