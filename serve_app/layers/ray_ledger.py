"""The ledger of the rate limit as one named Ray actor that all replicas ask."""

import asyncio
from typing import Any

import ray
from ray.exceptions import RayError

from serve_app.layers.rate_limit import Lease, Ledger, RateLimit
from serve_app.layers.rate_limiter import LedgerUnreachableError

ACTOR_NAME = "rate-ledger"
NAMESPACE = "leafray"


class RayLedger:
    """The ledger as seen from one replica.

    The actor is detached, so that it outlives the replica that was first; if it dies, full buckets
    are what is lost.
    """

    def __init__(self, replica_id: str) -> None:
        self._replica_id = replica_id
        self._actor: Any = _find_or_start()

    def wait_until_ready(self, timeout_s: float) -> None:
        """Wait for a new actor's start; if it takes longer, this replica's share holds so long."""
        ray.wait([self._actor.__ray_ready__.remote()], timeout=timeout_s)

    async def lend(self, key_name: str, num_wanted: int, limit: RateLimit) -> Lease:
        """Ask the actor for tokens.

        Raises:
            LedgerUnreachableError: it is dead, or being started again.
        """
        try:
            if self._actor is None:
                self._actor = await asyncio.to_thread(_find_or_start)
            lease: Lease = await self._actor.lend.remote(
                key_name, self._replica_id, num_wanted, limit
            )
        except RayError as error:
            self._actor = None
            raise LedgerUnreachableError(type(error).__name__) from error
        return lease


def _find_or_start() -> Any:
    # No CPU of its own: it works for microseconds, a few times a second.
    actor_class = ray.remote(num_cpus=0, max_restarts=-1)(Ledger)
    return actor_class.options(
        name=ACTOR_NAME, namespace=NAMESPACE, get_if_exists=True, lifetime="detached"
    ).remote()
