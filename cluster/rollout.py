"""Let the running service follow a configuration, or go on as before."""

import json
from typing import Any

from cluster import serve_control
from cluster.keys import write_private
from cluster.serve_config import differ_in_models_alone
from cluster.settings import Settings
from cluster.status import load_deployment


def roll_out(settings: Settings, config: dict[str, Any]) -> None:
    """Let the service run by `config`; if it cannot, or this is broken off, by what was before.

    Raises:
        cluster.errors.ServeError: the configuration was refused; the one before serves again.
    """
    path = settings.layout.deployment_path
    previous = load_deployment(path)
    if config == previous:
        serve_control.wait_until_ready(settings, config, heals=True)
        return
    path.unlink(missing_ok=True)
    try:
        serve_control.deploy(settings, config)
        serve_control.wait_until_ready(
            settings, config, heals=_may_heal(settings, config, previous)
        )
    except BaseException:
        # Otherwise a replica that starts later would be ordered to serve what is refused.
        if previous is not None:
            serve_control.deploy(settings, previous)
            serve_control.wait_until_ready(settings, previous, heals=True)
            write_private(path, json.dumps(previous, indent=2))
        raise
    write_private(path, json.dumps(config, indent=2))


def _may_heal(settings: Settings, config: dict[str, Any], previous: dict[str, Any] | None) -> bool:
    """Tell whether a replica that fails during a change may have been lost with its node.

    Where there is one node, the change is at fault, and so it is where replicas are replaced.
    """
    has_nodes = settings.layout.nodes_path.exists()
    return has_nodes and previous is not None and differ_in_models_alone(previous, config)
