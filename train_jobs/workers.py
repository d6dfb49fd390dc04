"""How many processes train, and on what."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Ray Train's processes; with `use_gpu` each has a GPU of its own."""

    num_workers: int = 1
    use_gpu: bool = False


def choose_workers(resources: Mapping[str, float], *, num_workers: int | None = None) -> Workers:
    """Return the workers for a cluster: one a GPU, or a single one that has all cores of its node.

    Args:
        resources: as `ray.cluster_resources()` tells them.
        num_workers: as a person asked for; None leaves it to the cluster.
    """
    num_gpus = int(resources.get("GPU", 0))
    return Workers(
        num_workers=num_workers or max(1, num_gpus),
        use_gpu=num_gpus >= (num_workers or 1),
    )
