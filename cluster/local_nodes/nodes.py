"""The nodes of a cluster on this machine: what each one is, and how Ray starts on it.

Each has an address of its own on the loopback interface, so that all may use the same ports, and
processes, sessions and resources of its own. Linux answers on all of 127.0.0.0/8 by itself.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cluster import haproxy, head
from cluster.local_nodes.plan import Plan
from cluster.manifests import HEAD_AWAY_ENV, SERVE, TRAIN
from cluster.service import start_service
from cluster.settings import LOOPBACK, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNode:
    """One node; `resources` as in the files for clusters elsewhere."""

    name: str
    ip: str
    num_cpus: int
    resources: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """Name of its pid file and log; the head's is that of a head that is alone."""
        return f"ray-{self.name}"


# No replicas and no training beside the state of the cluster, as elsewhere.
HEAD = LocalNode(name="head", ip="127.0.0.11", num_cpus=0)
# The replicas of a neighbour that died, a run's driver and its actors find room on one of them. The
# count is Ray's; the system shares the cores out. Both serve and train, like the machines of
# ray-cluster.local.yaml.
WORKERS = tuple(
    LocalNode(name=name, ip=ip, num_cpus=4, resources=(SERVE, TRAIN))
    for name, ip in (("worker-1", "127.0.0.12"), ("worker-2", "127.0.0.13"))
)
NODES = (HEAD, *WORKERS)


def start_node(settings: Settings, plan: Plan, node: LocalNode) -> None:
    """Start Ray on a node as a daemon; it has not joined yet on return."""
    layout = settings.layout
    # A killed head leaves it behind, and the raylets of its workers name its address: the next head
    # would take that for a head that runs (`ray.scripts.scripts.start`, Ray 2.60).
    layout.node_address_path(node.name).unlink(missing_ok=True)
    haproxy.write_launcher(layout, node_name=node.name, node_ip=node.ip)
    start_service(
        layout,
        node.service,
        build_command(settings, plan, node),
        env=build_environment(settings, plan, node, os.environ),
    )


def build_command(settings: Settings, plan: Plan, node: LocalNode) -> list[str]:
    """Return the command line of a node."""
    options: dict[str, object] = {
        "node-ip-address": node.ip,
        "node-name": node.name,
        "num-cpus": node.num_cpus,
        "resources": json.dumps(dict.fromkeys(node.resources, 1)),
        "object-store-memory": settings.object_store_bytes,
        "temp-dir": settings.layout.node_ray_dir(node.name),
        # Every node would begin at 10002, and workers of two nodes would meet there.
        "min-worker-port": 0,
        "max-worker-port": 0,
    }
    if node == HEAD:
        options |= {
            "port": settings.ray_port,
            "dashboard-host": LOOPBACK,
            "dashboard-port": settings.dashboard_port,
            "dashboard-agent-listen-port": settings.ray_agent_port,
            "ray-client-server-port": settings.ray_client_port,
            "redis-password": plan.secret,
        }
    else:
        # An agent listens on 127.0.0.1 too, which the nodes share.
        options |= {"address": f"{HEAD.ip}:{settings.ray_port}", "dashboard-agent-listen-port": 0}
    role = ["--head", "--no-monitor"] if node == HEAD else []
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [head.find_ray(), "start", "--block", *role, *flags]


def build_environment(
    settings: Settings, plan: Plan, node: LocalNode, base: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of a node."""
    environment = head.build_environment(settings, base) | HEAD_AWAY_ENV
    # It keeps a head that is alone on 127.0.0.1, and forbids others to join.
    del environment["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"]
    launcher = settings.layout.haproxy_launcher_path(node.name)
    environment["RAY_SERVE_HAPROXY_BINARY_PATH"] = str(launcher)
    if node == HEAD:
        environment["RAY_REDIS_ADDRESS"] = f"{LOOPBACK}:{plan.redis_port}"
        environment["RAY_external_storage_namespace"] = "leafray"
    return environment
