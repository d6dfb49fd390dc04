"""How a load changes over time, as data; and what that means for a number of users.

Pure. A load of 1.0 is what one replica answers (`Unit.REPLICA`) or what all that may run answer
(`Unit.SERVICE`), measured just before; so a shape does the same to a laptop and to a server.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

# A user is a station that sends five photographs a second over one connection. So few that the 28
# users of twice a replica's load here all fit into its queue of 33: none is refused.
PHOTOS_PER_USER_S = 5.0


class Unit(StrEnum):
    """What a load of 1.0 stands for."""

    REPLICA = "replica"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of a shape: from one load to another, or at one load.

    `awaits_downscale` adds the time that the service keeps replicas without work.
    """

    duration_s: float
    load: float
    end_load: float | None = None
    awaits_downscale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One load test. After a change of load, `settle_s` seconds are shown and not judged.

    `max_p95_ms` None: the load is meant to exceed what the service can.
    """

    name: str
    about: str
    legs: tuple[Leg, ...]
    unit: Unit = Unit.REPLICA
    settle_s: float = 20.0
    max_p95_ms: float | None = 500.0
    must_scale: bool = False

    @property
    def is_search(self) -> bool:
        """Whether it looks for the load at which the service breaks."""
        return self.max_p95_ms is None


SMOKE = Shape(
    name="smoke",
    about="Ten quiet seconds: does everything answer rightly?",
    legs=(Leg(duration_s=10, load=0.3),),
    settle_s=2.0,
)
STEP = Shape(
    name="step",
    about="More than one replica can answer, all at once; then next to nothing.",
    legs=(
        Leg(duration_s=15, load=0.3),
        Leg(duration_s=75, load=1.15),
        Leg(duration_s=45, load=0.1, awaits_downscale=True),
    ),
    settle_s=30.0,
    must_scale=True,
)
RAMP = Shape(
    name="ramp",
    about="Slowly up to most of what the service can answer, and down.",
    legs=(
        Leg(duration_s=10, load=0.1),
        Leg(duration_s=90, load=0.1, end_load=0.65),
        Leg(duration_s=30, load=0.65, end_load=0.1),
    ),
    unit=Unit.SERVICE,
    settle_s=0.0,
    max_p95_ms=1000.0,
)
SPIKE = Shape(
    name="spike",
    about="Ten seconds of nearly twice what one replica can answer.",
    legs=(
        Leg(duration_s=15, load=0.3),
        Leg(duration_s=10, load=1.8),
        Leg(duration_s=45, load=0.3),
    ),
)
SOAK = Shape(
    name="soak",
    about="Twenty minutes at half of what the service can answer.",
    legs=(Leg(duration_s=1200, load=0.5),),
    unit=Unit.SERVICE,
)
BREAK_POINT = Shape(
    name="break-point",
    about="Up in steps until the answers come too late or not at all.",
    legs=tuple(Leg(duration_s=20, load=0.1 * step) for step in range(2, 13)),
    unit=Unit.SERVICE,
    settle_s=8.0,
    max_p95_ms=None,
)
# The same for every set-up of a matrix: what a quiet and a loaded one feel like, and then more
# than it can answer, which shows how much that is.
STAIRS = Shape(
    name="stairs",
    about="A third, two thirds, and more than one replica can answer.",
    legs=(
        Leg(duration_s=8, load=0.33),
        Leg(duration_s=8, load=0.67),
        Leg(duration_s=12, load=1.8),
    ),
    settle_s=2.0,
    max_p95_ms=None,
)
QUICK_STAIRS = dataclasses.replace(
    STAIRS,
    name="quick-stairs",
    legs=tuple(dataclasses.replace(leg, duration_s=3) for leg in STAIRS.legs),
    settle_s=1.0,
)
SHAPES = {
    shape.name: shape
    for shape in (SMOKE, STEP, RAMP, SPIKE, SOAK, BREAK_POINT, STAIRS, QUICK_STAIRS)
}


def get_duration_s(shape: Shape, *, downscale_delay_s: float) -> float:
    """Return how long a shape takes."""
    return sum(_get_leg_duration_s(leg, downscale_delay_s) for leg in shape.legs)


def find_load(shape: Shape, elapsed_s: float, *, downscale_delay_s: float) -> float | None:
    """Return the load at a time since the start; None: it is over."""
    for leg in shape.legs:
        duration_s = _get_leg_duration_s(leg, downscale_delay_s)
        if elapsed_s < duration_s:
            end_load = leg.load if leg.end_load is None else leg.end_load
            return leg.load + (end_load - leg.load) * elapsed_s / duration_s
        elapsed_s -= duration_s
    return None


def to_users(load: float, *, unit_rps: float) -> int:
    """Return how many users send so much; one at least."""
    return max(1, round(load * unit_rps / PHOTOS_PER_USER_S))


def _get_leg_duration_s(leg: Leg, downscale_delay_s: float) -> float:
    return leg.duration_s + (downscale_delay_s if leg.awaits_downscale else 0.0)
