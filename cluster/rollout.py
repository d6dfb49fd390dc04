"""Let the running service follow a configuration, or go on as before."""

import json
from typing import Any

from cluster import serve_control
from cluster.keys import write_private
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
        serve_control.wait_until_ready(settings, config)
        return
    path.unlink(missing_ok=True)
    try:
        serve_control.deploy(settings, config)
        serve_control.wait_until_ready(settings, config)
    except BaseException:
        # Otherwise a replica that starts later would be ordered to serve what is refused.
        if previous is not None:
            serve_control.deploy(settings, previous)
            serve_control.wait_until_ready(settings, previous)
            write_private(path, json.dumps(previous, indent=2))
        raise
    write_private(path, json.dumps(config, indent=2))
