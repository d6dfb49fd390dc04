"""The local Ray head: its command, its environment, its health."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cluster import haproxy
from cluster.http_probe import is_ok
from cluster.processes import ProcessRecord
from cluster.ray_auth import RAY_AUTH_ENV, auth_headers
from cluster.serve_config import DRAIN_S
from cluster.service import start_service
from cluster.settings import LOOPBACK, Settings
from cluster.storage import PROJECT_DIR

SERVICE = "ray-head"


def start_head(settings: Settings) -> ProcessRecord:
    """Start ``ray start --head --block`` as a daemon; it is not ready yet on return.

    ``--block`` keeps the head's processes under one parent, so that stopping ends this cluster
    alone; ``ray stop`` would end every Ray cluster of the user.
    """
    layout = settings.layout
    haproxy.write_launcher(layout)
    return start_service(
        layout,
        SERVICE,
        build_command(settings),
        env=build_environment(settings, os.environ),
    )


def is_head_ready(settings: Settings) -> bool:
    """Tell whether the dashboard answers and knows our token."""
    return is_ok(f"{settings.dashboard_url}/api/version", headers=auth_headers())


def build_command(settings: Settings) -> list[str]:
    """Return the command line of the head."""
    options = {
        "node-ip-address": LOOPBACK,
        "port": settings.ray_port,
        "dashboard-host": LOOPBACK,
        "dashboard-port": settings.dashboard_port,
        "dashboard-agent-listen-port": settings.ray_agent_port,
        "ray-client-server-port": settings.ray_client_port,
        "num-cpus": settings.ray_cpus,
        "object-store-memory": settings.object_store_bytes,
        "temp-dir": settings.layout.ray_dir,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    # No autoscaler monitor: one machine has no nodes to add.
    return [find_ray(), "start", "--head", "--block", "--no-monitor", *flags]


def build_environment(settings: Settings, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the head; Ray and Serve read their flags at import, everywhere."""
    layout = settings.layout
    inherited = {
        name: value
        for name, value in base.items()
        # RAY_ADDRESS would make the jobs of this head join another cluster. The bundle
        # THROUGHPUT_OPTIMIZED answers 503 for half a minute when HAProxy is on as well.
        # Without compiled bytecode each of Ray's processes compiles a thousand modules: 30 s.
        if name
        not in {
            "RAY_ADDRESS",
            "RAY_SERVE_THROUGHPUT_OPTIMIZED",
            "PYTHONDONTWRITEBYTECODE",
        }
    }
    python_path = os.pathsep.join(filter(None, (str(PROJECT_DIR), base.get("PYTHONPATH"))))
    return (
        inherited
        | RAY_AUTH_ENV
        | {
            "PYTHONPATH": python_path,
            # A job says `python`: it must be the one that has Ray.
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), base.get("PATH", ""))),
            "PYTHONUNBUFFERED": "1",
            "RAY_USAGE_STATS_ENABLED": "0",
            # Ray starts workers at niceness 15: any other program would starve a replica.
            "RAY_worker_niceness": "0",
            # NumPy's BLAS would start a thread for each core in each replica, and these wait by
            # spinning: two processes predicted 127 photos/s so and 303 with one thread each. Ray
            # sets it too, but after NumPy was loaded. Training sets Torch's threads itself.
            "OMP_NUM_THREADS": "1",
            # The application never computes on its event loop, so it may share the one of Serve:
            # a replica spent 8.9 instead of 9.8 ms on a prediction.
            "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
            # "No clusters of several machines" keeps 127.0.0.1 as the node's address; otherwise Ray
            # replaces it by the address of the network card and listens there.
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "RAY_SERVE_ENABLE_HA_PROXY": "1",
            "RAY_SERVE_HAPROXY_BINARY_PATH": str(layout.haproxy_launcher_path()),
            "RAY_SERVE_HAPROXY_NBTHREAD": "1",
            # Without these three the service answered 4 % fewer photographs a second: Serve parsed
            # a line of HAProxy's for each request to count what our replicas count (0.2 ms); a
            # photograph of 20 kB came in two pieces; the controller looked ten times a second.
            "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
            "RAY_SERVE_HAPROXY_TUNE_BUFSIZE": "65536",
            "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.2",
            "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(layout.haproxy_path("haproxy.cfg")),
            "RAY_SERVE_HAPROXY_SOCKET_PATH": str(layout.haproxy_path("admin.sock")),
            "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(layout.haproxy_path("metrics.sock")),
            "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(layout.haproxy_dir),
            "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(layout.haproxy_path("server-state")),
            "RAY_SERVE_HAPROXY_STATS_PORT": str(settings.haproxy_stats_port),
            "RAY_SERVE_HAPROXY_METRICS_PORT": str(settings.haproxy_metrics_port),
            "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(settings.serve_proxy_port),
            "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": str(DRAIN_S),
            "RAY_SERVE_LOG_TO_STDERR": "0",
            # The MLflow client of jobs that run on this cluster.
            "MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri,
            "LEAFRAY_HOME": str(layout.home),
        }
    )


def find_ray() -> str:
    """Return the program ``ray`` of this environment."""
    return str(Path(sys.executable).with_name("ray"))
