"""Which set-ups of the service are compared, and the Serve configuration that each one is.

Pure. A set-up differs from its neighbours in one thing, so that a difference has one cause.
"""

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.serve_config import PREDICT

CHAMPION, INT8 = "champion", "champion as int8"
_REPLICAS = (1, 2, 4)
_THREADS = (1, 2)
# Larger ones come so seldom that a short load says nothing of them.
_BATCHES = (8, 16)
# As the service itself: replicas that held all of Ray's CPUs would leave none to their successors,
# and Serve waits for ever to start those.
_RESERVED_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """So many replicas of such a size and model, asked for so many photographs by a request.

    `num_threads` is the size of a replica: the photographs that it computes at once.
    """

    num_replicas: int
    num_threads: int
    photos_per_request: int = 1
    model: str = CHAMPION

    @property
    def name(self) -> str:
        """A short name, also for a folder."""
        model = "" if self.model == CHAMPION else "-int8"
        return f"{self.num_replicas}x{self.num_threads}-batch{self.photos_per_request}{model}"

    @property
    def words(self) -> str:
        """The set-up for people."""
        return (
            f"{_count(self.num_replicas, 'replica')} of {_count(self.num_threads, 'thread')}, "
            f"{_count(self.photos_per_request, 'photograph')} a request, {self.model}"
        )


def list_setups(*, num_cpus: int, has_int8: bool, is_quick: bool) -> list[Setup]:
    """Return what is measured, in an order that replaces replicas seldom.

    The first stands at the end once more: how far apart the two are is what chance does.
    """
    first = Setup(num_replicas=1, num_threads=1)
    if is_quick:
        return [first, dataclasses.replace(first, photos_per_request=_BATCHES[0]), first]
    sizes = [
        Setup(num_replicas=num_replicas, num_threads=num_threads)
        for num_replicas in _REPLICAS
        for num_threads in _THREADS
        if num_replicas * num_threads <= 2 * num_cpus and num_replicas <= num_cpus
    ]
    # One thread a core, as the service is set up.
    usual = max(
        (setup for setup in sizes if setup.num_threads == 1), key=lambda item: item.num_replicas
    )
    batches = [dataclasses.replace(usual, photos_per_request=size) for size in _BATCHES]
    others = [dataclasses.replace(usual, model=INT8)] if has_int8 else []
    after = sizes.index(usual) + 1
    return [*sizes[:after], *batches, *others, *sizes[after:], first]


def to_config(config: Mapping[str, Any], setup: Setup, *, num_cpus: int) -> dict[str, Any]:
    """Return a Serve configuration with the replicas of a set-up.

    Where there are more threads than CPUs, the replicas share them.
    """
    changed = copy.deepcopy(dict(config))
    application = next(item for item in changed["applications"] if item["name"] == PREDICT)
    application["args"]["num_threads"] = setup.num_threads
    (deployment,) = application["deployments"]
    replicas = {"min_replicas": setup.num_replicas, "max_replicas": setup.num_replicas}
    deployment["autoscaling_config"] |= replicas
    lent = min(float(setup.num_threads), num_cpus / setup.num_replicas)
    deployment["ray_actor_options"]["num_cpus"] = lent * _RESERVED_SHARE
    return changed


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
