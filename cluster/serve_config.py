"""The Serve configuration of this installation: every number of the service, with its reason.

What an operator may want to change is a field of `cluster.settings`; the rest belongs together
and is set here alone. Pure: settings in, configuration out.
"""

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.settings import Settings

PREDICT = "predict"
CONTROL = "control"
APPLICATIONS = (PREDICT, CONTROL)
DEPLOYMENT = "PredictService"
_CONTROL_DEPLOYMENT = "ControlService"
# Serve gives a path to the longest prefix: photographs go to the replicas that compute, and
# everything else to the one process that looks after uploads, runs and models.
PREDICT_PREFIX = "/v1/predictions"

# Half a CPU for each replica, one replica for each core at most: then the replicas hold half of
# Ray's CPUs, so that successors of all of them find room beside them, and a training job too.
_REPLICA_CPUS = 0.5

# One computes for 10 to 20 ms and three wait: a caller of a fully loaded replica waits as long as
# five predictions take. Another replica is asked for beyond that.
_TARGET_ONGOING_REQUESTS = 4.0
# Decides on the mean of 2 s, which must have been too high for 1 s, on figures that replicas send
# twice a second: 2.4 s after a load step here, and 37 s with Serve's own values.
_UPSCALE_DELAY_S = 1.0
_LOOK_BACK_PERIOD_S = 2.0
_METRICS_INTERVAL_S = 0.5

# The one queue that callers wait in is the replica's own: it knows when they came, answers in the
# words of the contract, and drops whoever waited too long. So Serve lets more in than it holds
# (one computes, 32 wait, the rest are bodies that still arrive), and refuses only beyond that.
_MAX_WAITING = 32
_MAX_WAIT_S = 10.0
_MAX_ONGOING_REQUESTS = 40
_MAX_QUEUED_REQUESTS = 256

# A replica that was killed is missed after one period; each check is a real inference of 10 ms.
_HEALTH_CHECK_PERIOD_S = 2.0
_HEALTH_CHECK_TIMEOUT_S = 10.0

# Its callers wait for the disk and for other processes; the rare heavy work has threads of its own.
_CONTROL_MAX_ONGOING_REQUESTS = 64
# It takes no CPU from Ray's count: while it works the replicas' schedule must not change.
_CONTROL_CPUS = 0

# A replica that goes stays reachable so long for the proxies that have not heard of it; HAProxy
# here has heard after 0.2 s.
DRAIN_S = 10.0
# And it may finish what it has: a body arrives within 60 s, and waits and computes up to 20 s.
_GRACEFUL_SHUTDOWN_TIMEOUT_S = 95.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model on trial: it answers a share of the requests, computes another share unseen."""

    artifact_dir: Path
    canary_percent: float = 0.0
    shadow_percent: float = 0.0


def build_serve_config(
    settings: Settings,
    *,
    artifact_dir: Path,
    api_keys_path: Path,
    candidate: Candidate | None = None,
) -> dict[str, Any]:
    """Return the one Serve configuration of this installation.

    Which models answer stands in ``user_config``: where that alone changes, running replicas take
    the new models (`serve_app.inference.model_roll.ModelOrder`) and none is replaced.
    """
    return {
        "proxy_location": "HeadOnly",
        "http_options": {"host": settings.http_host, "port": settings.http_port},
        "applications": [
            {
                "name": PREDICT,
                "route_prefix": PREDICT_PREFIX,
                "import_path": settings.serve_import_path,
                "args": {
                    "api_keys_path": str(api_keys_path),
                    "requests_per_minute": settings.requests_per_minute,
                    "cors_origins": list(settings.cors_origins),
                    "recent_photos_dir": str(settings.layout.recent_photos_dir),
                    "max_recent_photos": settings.max_recent_photos,
                    "max_waiting": _MAX_WAITING,
                    "max_wait_s": _MAX_WAIT_S,
                },
                "deployments": [
                    {
                        "name": DEPLOYMENT,
                        "user_config": _build_order(artifact_dir, candidate),
                        "autoscaling_config": {
                            "min_replicas": settings.min_replicas,
                            "max_replicas": settings.most_replicas,
                            "target_ongoing_requests": _TARGET_ONGOING_REQUESTS,
                            "upscale_delay_s": _UPSCALE_DELAY_S,
                            "downscale_delay_s": settings.downscale_delay_s,
                            "look_back_period_s": _LOOK_BACK_PERIOD_S,
                            "metrics_interval_s": _METRICS_INTERVAL_S,
                        },
                        "max_ongoing_requests": _MAX_ONGOING_REQUESTS,
                        # Serve's default of -1 never refuses and lets a queue grow for ever.
                        "max_queued_requests": _MAX_QUEUED_REQUESTS,
                        "backpressure_config": {"status_code": 503, "retry_after_s": 1},
                        # The default 0 stops the only replica before its successor runs.
                        "max_surge_percent": 100,
                        "health_check_period_s": _HEALTH_CHECK_PERIOD_S,
                        "health_check_timeout_s": _HEALTH_CHECK_TIMEOUT_S,
                        "graceful_shutdown_timeout_s": _GRACEFUL_SHUTDOWN_TIMEOUT_S,
                        "ray_actor_options": {"num_cpus": _REPLICA_CPUS},
                    }
                ],
            },
            {
                "name": CONTROL,
                "route_prefix": "/",
                "import_path": settings.control_import_path,
                # Its own process needs the settings that this start has, not those of Ray's start.
                "args": {
                    # The registry's address may hold a password: it is in the environment alone.
                    "settings": settings.model_dump(mode="json", exclude={"tracking_uri_override"}),
                    "api_keys_path": str(api_keys_path),
                },
                "deployments": [
                    {
                        "name": _CONTROL_DEPLOYMENT,
                        "num_replicas": 1,
                        "max_ongoing_requests": _CONTROL_MAX_ONGOING_REQUESTS,
                        "max_queued_requests": _MAX_QUEUED_REQUESTS,
                        "backpressure_config": {"status_code": 503, "retry_after_s": 1},
                        "max_surge_percent": 100,
                        "health_check_period_s": _HEALTH_CHECK_PERIOD_S,
                        "health_check_timeout_s": _HEALTH_CHECK_TIMEOUT_S,
                        "graceful_shutdown_timeout_s": _GRACEFUL_SHUTDOWN_TIMEOUT_S,
                        "ray_actor_options": {"num_cpus": _CONTROL_CPUS},
                    }
                ],
            },
        ],
    }


def get_order(config: dict[str, Any]) -> dict[str, Any]:
    """Return which models a configuration orders its replicas to serve."""
    application = next(item for item in config["applications"] if item["name"] == PREDICT)
    (deployment,) = application["deployments"]
    order: dict[str, Any] = deployment["user_config"]
    return order


def replace_models(config: Mapping[str, Any], artifact_dir: Path) -> dict[str, Any]:
    """Return a configuration with another model, no trial beside it, and all else as it is."""
    changed = copy.deepcopy(dict(config))
    get_order(changed).clear()
    get_order(changed).update(_build_order(artifact_dir, None))
    return changed


def differ_in_models_alone(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Tell whether replicas can go from one configuration to the other without being replaced."""
    return replace_models(first, Path()) == replace_models(second, Path())


def _build_order(artifact_dir: Path, candidate: Candidate | None) -> dict[str, Any]:
    models: dict[str, Any] = {"artifact_dir": str(artifact_dir), "candidate": None}
    if candidate is not None:
        models["candidate"] = {
            "artifact_dir": str(candidate.artifact_dir),
            "canary_percent": candidate.canary_percent,
            "shadow_percent": candidate.shadow_percent,
        }
    # Replicas name the order that they follow; the same models make the same order.
    order_id = hashlib.sha256(json.dumps(models, sort_keys=True).encode()).hexdigest()[:16]
    return {"order_id": order_id, **models}
