"""``up`` and ``kill`` of a cluster of several nodes on this machine; ``down`` is everybody's.

Stores first, then the head, the workers, the way in, and the service by the configuration of
clusters elsewhere. What runs is kept, so that the same command brings back a node that died.
"""

import json
import shutil
import time
from functools import partial
from http import HTTPStatus

from cluster import head, mlflow_ui
from cluster.champion import resolve_champion
from cluster.errors import ProcessError
from cluster.http_probe import call
from cluster.keys import ensure_admin_key
from cluster.local_nodes import entrance, postgres, redis_store, tracking
from cluster.local_nodes.nodes import HEAD, NODES, WORKERS, LocalNode, start_node
from cluster.local_nodes.plan import (
    Plan,
    load_plan,
    make_plan,
    save_plan,
    to_nodes_settings,
)
from cluster.lock import Report, locked
from cluster.manifests import spread
from cluster.ports import check_ports, list_port_uses
from cluster.processes import is_alive, kill_at_once, load_record
from cluster.ray_auth import auth_headers, load_ray_token
from cluster.rollout import roll_out
from cluster.serve_config import build_serve_config
from cluster.service import wait_for_service
from cluster.settings import Settings
from cluster.storage import BUNDLED_CHAMPION_DIR, create_folders

_STORES = (postgres.SERVICE, redis_store.SERVICE, tracking.OBJECT_STORE, mlflow_ui.SERVICE)
_LIST_TIMEOUT_S = 10.0


def up(settings: Settings, *, report: Report) -> None:
    """Start what does not run of the cluster; return when a prediction can be asked for.

    Raises:
        ClusterError: something is in the way; the message says what to do.
    """
    layout = settings.layout
    settings = to_nodes_settings(settings)
    create_folders(layout, min_free_bytes=settings.min_free_bytes)
    with locked(layout.lock_path, report=report):
        started_s = time.monotonic()
        ensure_admin_key(layout)
        load_ray_token()
        plan = load_plan(layout)
        if plan is None:
            plan = _begin(settings, report=report)
        else:
            _check_stores(settings)
        _start_nodes(settings, plan, report=report)
        artifact_dir = resolve_champion(settings, bundled_dir=BUNDLED_CHAMPION_DIR)
        if not _is_running(settings, entrance.SERVICE):
            entrance.start_entrance(settings)
        config = build_serve_config(
            settings, artifact_dir=artifact_dir, api_keys_path=layout.api_keys_path
        )
        roll_out(settings, spread(config))
        for node in NODES:
            wait_for_service(settings, node.service, partial(_knows_ways, settings, node))
        report(
            f"{len(NODES)} nodes serve {artifact_dir.name} at {settings.http_url} "
            f"({time.monotonic() - started_s:.1f} s)\n"
            "The registry, for `python -m cluster promote` and other commands of this shell:\n"
            f"export MLFLOW_TRACKING_URI={settings.mlflow_url}"
        )


def kill(settings: Settings, name: str, *, report: Report) -> None:
    """End a node as a power cut does.

    Raises:
        ProcessError: there is no such node, or it does not run.
    """
    node = next((node for node in NODES if node.name == name), None)
    if node is None:
        known = ", ".join(node.name for node in NODES)
        raise ProcessError(f"There is no node {name!r}; name one of {known}.")
    record = load_record(settings.layout.pid_path(node.service))
    if record is None or not is_alive(record):
        raise ProcessError(f"{name} does not run; start it with `python -m cluster nodes up`.")
    report(f"Killed {kill_at_once(record)} processes of {name} ({node.ip}).")


def _begin(settings: Settings, *, report: Report) -> Plan:
    """Make sure that nothing else belongs to this home, and start the stores."""
    layout = settings.layout
    if _is_running(settings, head.SERVICE):
        raise ProcessError(
            f"A cluster of one node belongs to {layout.home}. End it with `python -m cluster "
            "down`, then run this again."
        )
    check_ports(list_port_uses(settings))
    for node in NODES:
        shutil.rmtree(layout.node_ray_dir(node.name), ignore_errors=True)
    layout.deployment_path.unlink(missing_ok=True)
    plan = make_plan()
    save_plan(layout, plan)
    postgres.start_postgres(settings, plan)
    redis_store.start_redis(settings, plan)
    tracking.start_object_store(settings, plan)
    tracking.start_mlflow(settings, plan)
    report(f"PostgreSQL, Redis, objects by S3, MLflow {settings.mlflow_url} ... ready")
    return plan


def _check_stores(settings: Settings) -> None:
    ended = [service for service in _STORES if not _is_running(settings, service)]
    if ended:
        raise ProcessError(
            f"{' and '.join(ended)} ended, and with it what it held. Look into "
            f"{settings.layout.logs_dir}, then begin anew: `python -m cluster down`, "
            "`python -m cluster nodes up`."
        )


def _start_nodes(settings: Settings, plan: Plan, *, report: Report) -> None:
    missing = [node for node in NODES if not _is_running(settings, node.service)]
    if HEAD in missing:
        start_node(settings, plan, HEAD)
    wait_for_service(settings, HEAD.service, lambda: head.is_head_ready(settings))
    for node in WORKERS:
        if node in missing:
            start_node(settings, plan, node)
    for node in NODES:
        wait_for_service(settings, node.service, partial(_has_joined, settings, node))
    if missing:
        report(f"Started {', '.join(f'{node.name} ({node.ip})' for node in missing)}")


def _has_joined(settings: Settings, node: LocalNode) -> bool:
    """Tell whether the head counts a node as alive, by what the dashboard lists."""
    url = f"{settings.dashboard_url}/nodes"
    answer = call("GET", f"{url}?view=summary", headers=auth_headers(), timeout_s=_LIST_TIMEOUT_S)
    if answer is None or answer.status_code != HTTPStatus.OK:
        return False
    summary = json.loads(answer.body)["data"]["summary"]
    raylets = [item.get("raylet", {}) for item in summary]
    return any(
        raylet.get("nodeManagerAddress") == node.ip and raylet.get("state") == "ALIVE"
        for raylet in raylets
    )


def _knows_ways(settings: Settings, node: LocalNode) -> bool:
    """Tell whether the proxy of a node, if it has one, finds both applications.

    The proxies hear of them one after the other. Serve starts one on the head, and on each node
    that has a replica: a worker that came back may have none.
    """
    answer = call("GET", f"http://{node.ip}:{settings.http_port}/readyz")
    return answer is None or answer.status_code == HTTPStatus.OK


def _is_running(settings: Settings, service: str) -> bool:
    return is_alive(load_record(settings.layout.pid_path(service)))
