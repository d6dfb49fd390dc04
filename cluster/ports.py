"""Is a port taken, and by whom."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from cluster import head, mlflow_ui
from cluster.errors import PortTakenError
from cluster.settings import LOOPBACK, Settings

_MAX_COMMAND_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PortUse:
    """A port that a service needs, the daemon that opens it, and the variable that moves it."""

    port: int
    daemon: str
    service: str
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortOwner:
    """The process that listens on a port; ``pid`` is None where the system hides it."""

    pid: int | None
    command: str


def list_port_uses(settings: Settings) -> tuple[PortUse, ...]:
    """Return every fixed port of the local services."""
    return tuple(
        PortUse(
            port=getattr(settings, field),
            daemon=mlflow_ui.SERVICE if field == "mlflow_port" else head.SERVICE,
            service=service,
            variable=f"LEAFRAY_{field.upper()}",
        )
        for field, service in (
            ("http_port", "the HTTP service"),
            ("dashboard_port", "the Ray dashboard"),
            ("mlflow_port", "the MLflow UI"),
            ("ray_port", "the Ray head"),
            ("ray_client_port", "the Ray client server"),
            ("ray_agent_port", "the Ray dashboard agent"),
            ("serve_proxy_port", "the Serve fallback proxy"),
            ("haproxy_stats_port", "HAProxy's statistics"),
            ("haproxy_metrics_port", "HAProxy's metrics"),
        )
    )


def check_ports(port_uses: Iterable[PortUse], *, host: str = LOOPBACK) -> None:
    """Make sure that nobody listens on these ports.

    Raises:
        PortTakenError: names every taken port with its process and a way out.
    """
    lines = [
        _describe(port_use, find_owner(port_use.port))
        for port_use in port_uses
        if is_taken(port_use.port, host=host)
    ]
    if lines:
        raise PortTakenError("\n".join(lines))


def is_taken(port: int, *, host: str = LOOPBACK) -> bool:
    """Tell whether a listener on ``host:port`` would fail."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Without it a connection in TIME_WAIT, left by our own last stop, would look like an owner.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return True
    return False


def find_owner(port: int) -> PortOwner:
    """Find the process that listens on ``port``, as far as the system shows it."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:  # macOS shows other users' sockets to root alone
        connections = []
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN
        if listens and connection.laddr and connection.laddr.port == port:
            return PortOwner(pid=connection.pid, command=_command_of(connection.pid))
    return PortOwner(pid=None, command="a process of another user")


def _command_of(pid: int | None) -> str:
    if pid is None:
        return "a process of another user"
    try:
        process = psutil.Process(pid)
        command = " ".join(process.cmdline()) or process.name()
    except psutil.Error:
        return "a process that has just ended"
    return command[:_MAX_COMMAND_CHARS]


def _describe(port_use: PortUse, owner: PortOwner) -> str:
    who = owner.command if owner.pid is None else f"process {owner.pid}: {owner.command}"
    return (
        f"Port {port_use.port}, needed for {port_use.service}, is taken by {who}. "
        f"End that program (`make stop` if it is another Leafray), or choose another port: "
        f"{port_use.variable}={port_use.port + 1} make run"
    )
