"""The predict application on Ray Serve: one configuration, sent through the dashboard's REST API.

No ``import ray`` here: a status question must not cost seconds.
"""

import json
import time
from http import HTTPStatus
from typing import Any

from cluster.errors import RollError, ServeError
from cluster.http_probe import Answer, call, is_ok, wait_for
from cluster.ray_auth import auth_headers
from cluster.roll_watch import Outcome, RollWatch
from cluster.serve_config import APPLICATIONS, PREDICT, get_order
from cluster.settings import Settings

_API_PATH = "/api/serve/applications/"
# The first call starts the Serve controller: several imports of Ray on a busy machine.
_DEPLOY_TIMEOUT_S = 120.0
_STATUS_TIMEOUT_S = 20.0
_FAILURE_POLL_S = 2.0
_FAILED = "DEPLOY_FAILED"
# A replica does not answer, or died with its node: of a new configuration it is the fault, and a
# service that ran by this one heals.
_UNHEALTHY = "UNHEALTHY"
_HEALING = frozenset({"DEPLOYING", _UNHEALTHY})
_MAX_MESSAGE_CHARS = 2000


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


def get_failure(settings: Settings, *, heals: bool = False) -> str | None:
    """Return why an application failed, or None while all run, are being deployed, or heal."""
    statuses = {_FAILED} if heals else {_FAILED, _UNHEALTHY}
    failed = [
        application
        for application in get_applications(settings).values()
        if application.get("status") in statuses
    ]
    if not failed:
        return None
    messages = [
        str(part.get("message", ""))
        for application in failed
        for part in (application, *application.get("deployments", {}).values())
    ]
    return "\n".join(filter(None, messages))[-_MAX_MESSAGE_CHARS:]


def get_application(settings: Settings) -> dict[str, Any] | None:
    """Return what Serve says about the predict application; None where nothing answers."""
    return get_applications(settings).get(PREDICT)


def get_applications(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what Serve says about our applications, by name; empty where nothing answers."""
    answer = _call_api(settings, "GET", timeout_s=_STATUS_TIMEOUT_S)
    if answer is None or answer.status_code != HTTPStatus.OK:
        return {}
    found = json.loads(answer.body).get("applications", {})
    return {name: found[name] for name in APPLICATIONS if isinstance(found.get(name), dict)}


def wait_until_ready(settings: Settings, config: dict[str, Any], *, heals: bool = False) -> None:
    """Wait until the service can predict and every replica does so with this configuration.

    `heals`: replicas ran by this configuration before, perhaps with another model. Then those that
    a lost node took along are not waited for: they start with this model when there is room again.

    Raises:
        RollError: a replica that runs refused the model of this configuration.
        ServeError: the application failed, or was not ready in time.
    """
    watch = RollWatch(settings, get_order(config)["order_id"])
    failure: str | None = None
    next_look_s = time.monotonic() + _FAILURE_POLL_S

    def ready_or_failed() -> bool:
        nonlocal failure, next_look_s
        # While replicas are replaced the old ones go on answering, so the answer alone proves
        # nothing; the status alone does not either: HAProxy learns of a replica a little later.
        if is_service_ready(settings):
            applications = get_applications(settings)
            if _are_deployed(applications, config, heals=heals):
                outcome, reason = watch.look(applications[PREDICT])
                if outcome is Outcome.FAILED:
                    raise RollError(f"A replica refused the model and kept its own: {reason}")
                if outcome is Outcome.DONE:
                    return True
        if time.monotonic() >= next_look_s:
            failure = get_failure(settings, heals=heals)
            next_look_s = time.monotonic() + _FAILURE_POLL_S
        return failure is not None

    in_time = wait_for(ready_or_failed, timeout_s=settings.start_timeout_s)
    if failure is not None:
        raise ServeError(
            f"The service failed to start:\n{failure}\nIts logs lie in "
            f"{settings.layout.serve_logs_dir}. Mend the cause, then `make run` again."
        )
    if not in_time:
        raise ServeError(
            f"The service was not ready after {settings.start_timeout_s:.0f} s. Look "
            f"at {settings.dashboard_url}, or wait longer with LEAFRAY_START_TIMEOUT_S=600."
        )


def _are_deployed(
    applications: dict[str, dict[str, Any]], config: dict[str, Any], *, heals: bool
) -> bool:
    return all(
        _is_deployed(applications.get(wanted["name"]), wanted, heals=heals)
        for wanted in config["applications"]
    )


def _is_deployed(
    application: dict[str, Any] | None, wanted: dict[str, Any], *, heals: bool
) -> bool:
    if application is None:
        return False
    status = application.get("status")
    if status != "RUNNING" and not (heals and status in _HEALING and not _updates(application)):
        return False
    deployed = application.get("deployed_app_config") or {}
    return all(deployed.get(name) == wanted[name] for name in ("import_path", "args"))


def _updates(application: dict[str, Any]) -> bool:
    """Tell whether a replica that lives is being changed: it may refuse yet."""
    return any(
        replica.get("state") == "UPDATING"
        for deployment in application.get("deployments", {}).values()
        for replica in deployment.get("replicas", ())
    )


def _call_api(
    settings: Settings, method: str, *, json_body: Any = None, timeout_s: float
) -> Answer | None:
    url = settings.dashboard_url + _API_PATH
    return call(method, url, headers=auth_headers(), json_body=json_body, timeout_s=timeout_s)


def _to_text(answer: Answer) -> str:
    return answer.body.decode(errors="replace")
