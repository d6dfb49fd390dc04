"""What a replica of either application takes from Serve and from Ray."""

import logging

from ray import serve

from serve_app.layers.access_log import AccessLog
from serve_app.layers.rate_limit import RateLimit
from serve_app.layers.rate_limiter import RateLimiter
from serve_app.layers.ray_ledger import RayLedger


def create_access_log() -> AccessLog:
    """Return the log that lies beside Serve's own lines of this replica, in the same JSON."""
    context = serve.get_replica_context()
    return AccessLog(
        logger=logging.getLogger("ray.serve"),
        context={
            "application": context.app_name,
            "deployment": context.deployment,
            "replica": context.replica_id.unique_id,
            # Serve's filter would look all that up for each line, and put its own id of the
            # request in the place of ours.
            "skip_context_filter": True,
            "log_to_stderr": False,
        },
    )


def create_limiter(requests_per_minute: int) -> tuple[RateLimiter | None, RayLedger | None]:
    """Return the limiter of all replicas' callers, and its ledger, whose actor may still start.

    ``requests_per_minute`` of 0 limits nobody: then there is neither.
    """
    if not requests_per_minute:
        return None, None
    ledger = RayLedger(serve.get_replica_context().replica_id.unique_id)
    return RateLimiter(RateLimit(requests_per_minute=requests_per_minute), ledger.lend), ledger
