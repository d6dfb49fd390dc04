"""The way in: an HAProxy of our own that hands requests to the proxies of the nodes.

It stands for what a cluster elsewhere has before its nodes (a load balancer, an ingress, Caddy with
several upstreams): a node that is lost takes its own proxy with it, and callers have one address.
"""

import os
from pathlib import Path

from cluster import haproxy
from cluster.keys import write_private
from cluster.local_nodes.nodes import NODES
from cluster.ports import is_taken
from cluster.service import start_service, wait_for_service
from cluster.settings import LOOPBACK, Settings

SERVICE = "entrance"


def start_entrance(settings: Settings) -> None:
    """Start it as a daemon and return when it listens; nodes may come and go behind it.

    Raises:
        ProcessError: it did not start.
    """
    layout = settings.layout
    config_path = layout.haproxy_path("entrance.cfg")
    unavailable_path = layout.haproxy_path("unavailable.http")
    write_private(config_path, build_config(settings, unavailable_path))
    start_service(
        layout,
        SERVICE,
        [str(haproxy.find_haproxy()), "-db", "-f", str(config_path)],
        env=os.environ,
    )
    wait_for_service(settings, SERVICE, lambda: is_taken(settings.http_port))


def build_config(settings: Settings, unavailable_path: Path) -> str:
    """Return HAProxy's configuration.

    A node counts as lost after three refused connections or two missed checks, and as back after
    one good check. What was refused goes to another node at once; what broke off half way is
    answered with 503, and our client asks again. An answer may take as long as a promotion.

    No connection to a node is used twice: Serve starts an HAProxy anew at each change, and the one
    before keeps its connections and its routes.
    """
    servers = "\n".join(f"    server {node.name} {node.ip}:{settings.http_port}" for node in NODES)
    errors = "\n".join(f"    errorfile {status} {unavailable_path}" for status in (502, 503, 504))
    return f"""global
    maxconn 4096
    nbthread 1
defaults
    mode http
    timeout connect 1s
    timeout client 10m
    timeout server 10m
    option http-no-delay
    option redispatch 1
    retries 3
    retry-on conn-failure
{errors}
frontend entrance
    bind {LOOPBACK}:{settings.http_port}
    default_backend nodes
backend nodes
    balance roundrobin
    option httpchk GET /-/healthz
    option http-server-close
    default-server check inter 1s fastinter 250ms downinter 250ms fall 2 rise 1
    default-server observe layer4 error-limit 3 on-error mark-down
{servers}
"""
