"""How many requests a key may make, and the ledger that counts them for all replicas.

Plain values and a clock: the ledger lives in a Ray actor, or in the process of a test.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

_MINUTE_S = 60.0
_LEASES_PER_MINUTE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """At most so many requests of one key a minute; a minute's worth may come at once."""

    requests_per_minute: int

    @property
    def rate_per_s(self) -> float:
        """Tokens that a key earns in a second; a request costs one."""
        return self.requests_per_minute / _MINUTE_S

    @property
    def lease_size(self) -> int:
        """Tokens that a replica takes at once.

        A hundredth of a minute's worth: at the full rate the ledger is asked about twice a second
        and replica, and what one replica holds unused is 1 % of the limit.
        """
        return max(1, self.requests_per_minute // _LEASES_PER_MINUTE)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens that were left at a moment."""

    num_tokens: float
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Tokens that a replica may spend; ``wait_s`` until there is one again, where none is given.

    ``num_replicas`` share the limit at present: the share of one, while no ledger can be asked.
    """

    num_tokens: int
    wait_s: float
    num_replicas: int


def draw(
    bucket: Bucket | None, num_wanted: int, *, now_s: float, rate_per_s: float, capacity: float
) -> tuple[Bucket, int]:
    """Fill a bucket up to this moment and take whole tokens from it, as far as there are some.

    A bucket that is not known yet (None) is full.
    """
    if bucket is None:
        num_tokens = capacity
    else:
        earned = max(0.0, now_s - bucket.at_s) * rate_per_s
        num_tokens = min(capacity, bucket.num_tokens + earned)
    num_given = min(num_wanted, int(num_tokens))
    return Bucket(num_tokens - num_given, now_s), num_given


def get_wait_s(bucket: Bucket, rate_per_s: float) -> float:
    """Return the seconds until the bucket holds a whole token."""
    return max(0.0, 1.0 - bucket.num_tokens) / rate_per_s


class Ledger:
    """Lends tokens to replicas: what one has taken no other can take."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # One for each key that was ever used: as many as the key file names.
        self._buckets: dict[str, Bucket] = {}
        self._seen_s: dict[str, float] = {}

    def lend(self, key_name: str, replica_id: str, num_wanted: int, limit: RateLimit) -> Lease:
        """Give up to ``num_wanted`` tokens of a key to a replica.

        The limit comes with each question, since replicas of two configurations meet in a roll-out.
        """
        now_s = self._clock()
        self._seen_s[replica_id] = now_s
        self._seen_s = {name: s for name, s in self._seen_s.items() if now_s - s < _MINUTE_S}
        bucket, num_given = draw(
            self._buckets.get(key_name),
            num_wanted,
            now_s=now_s,
            rate_per_s=limit.rate_per_s,
            capacity=limit.requests_per_minute,
        )
        self._buckets[key_name] = bucket
        return Lease(
            num_tokens=num_given,
            wait_s=0.0 if num_given else get_wait_s(bucket, limit.rate_per_s),
            num_replicas=len(self._seen_s),
        )
