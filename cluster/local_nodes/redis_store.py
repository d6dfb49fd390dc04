"""Redis, where Ray's head keeps its state: whoever starts the head again finds it there."""

import os
import shutil
import socket

from cluster.errors import ProcessError
from cluster.keys import write_private
from cluster.local_nodes.plan import Plan
from cluster.service import start_service, wait_for_service
from cluster.settings import LOOPBACK, Settings

SERVICE = "redis"
_PROGRAM = "redis-server"
_TIMEOUT_S = 2.0


def start_redis(settings: Settings, plan: Plan) -> None:
    """Start Redis, empty, and return when it answers.

    Raises:
        ProcessError: it is not installed, or did not start.
    """
    layout = settings.layout
    if shutil.which(_PROGRAM) is None:
        raise ProcessError("Redis is not installed: apt-get install redis-server")
    config_path = layout.redis_config_path
    write_private(config_path, build_config(plan))
    start_service(
        layout,
        SERVICE,
        [_PROGRAM, str(config_path)],
        env=os.environ,
        cwd=layout.state_dir,
    )
    wait_for_service(settings, SERVICE, lambda: _answers(plan.redis_port))


def build_config(plan: Plan) -> str:
    """Return the configuration; a file, since anybody on the machine can read arguments."""
    # Not written to the disk: it lives as long as the cluster whose state it keeps.
    lines = (
        f"bind {LOOPBACK}",
        f"port {plan.redis_port}",
        f"requirepass {plan.secret}",
        'save ""',
        "appendonly no",
        "maxmemory 400mb",
    )
    return "\n".join(lines) + "\n"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(b"PING\r\n")
            # "-NOAUTH": it is up, and asks for the password.
            return connection.recv(64)[:1] in (b"+", b"-")
    except OSError:
        return False
