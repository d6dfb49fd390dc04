"""What the window's benchmark says: figures, limits, doubts. Pure: numbers in, numbers out."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from cluster import figure
from cluster.figure import Figure
from gui.bench.frames import Frame
from gui.kit.tabs import Tab

MAX_FIRST_FRAME_S = 1.5
MAX_FRAME_MS = 50.0
MAX_IDLE_PERCENT = 3.0
# A person's hand moves on for a second or more in each phase; fewer frames measured nothing.
_MIN_FRAMES = 100

_to_figure = partial(figure.to_figure, is_lower_better=True)


def judge(
    *,
    first_frames_s: Sequence[float],
    idle_percent: Mapping[Tab, float],
    uploads: Sequence[Sequence[Frame]],
    num_photos: int,
) -> tuple[Figure, ...]:
    """Return the figures.

    Args:
        first_frames_s: seconds of each start.
        idle_percent: of one core, for a window that is left alone on a tab. No promise is made of
            the tab Cluster, which draws ten minutes of the service anew every two seconds.
        uploads: the frames of each upload.
        num_photos: how many photographs an upload has.
    """
    during = f"while {num_photos} photographs are uploaded"
    return (
        _to_figure("import to first frame", first_frames_s, unit="s", limit=MAX_FIRST_FRAME_S),
        _to_figure(
            f"longest frame {during}",
            _pick(uploads, lambda frame: frame.total_ms, max),
            unit="ms",
            limit=MAX_FRAME_MS,
        ),
        _to_figure(
            "the same: Dear PyGui and the driver alone",
            _pick(uploads, lambda frame: frame.drawn_ms, max),
            unit="ms",
        ),
        _to_figure(
            "the same: our code alone", _pick(uploads, lambda frame: frame.own_ms, max), unit="ms"
        ),
        _to_figure(
            "the same: our code alone, without waiting for a core or a thread",
            _pick(uploads, lambda frame: frame.own_cpu_ms, max),
            unit="ms",
        ),
        _to_figure(
            f"median frame {during}",
            _pick(uploads, lambda frame: frame.total_ms, statistics.median),
            unit="ms",
        ),
        *(
            _to_figure(
                f"idle CPU on the tab {tab}",
                [percent],
                unit="% of a core",
                limit=None if tab is Tab.SERVICE else MAX_IDLE_PERCENT,
            )
            for tab, percent in idle_percent.items()
        ),
    )


def find_doubts(
    uploads: Sequence[Sequence[Frame]], *, is_quick: bool, busy_cores_before: float
) -> tuple[str, ...]:
    """Tell why the figures are no claim."""
    doubts = figure.find_doubts(busy_cores_before=busy_cores_before, is_quick=is_quick)
    if any(len(frames) < _MIN_FRAMES for frames in uploads):
        doubts.append("an upload was too short to see the window at work: take more photographs")
    return tuple(doubts)


def _pick(
    uploads: Sequence[Sequence[Frame]],
    measure: Callable[[Frame], float],
    choose: Callable[[Sequence[float]], float],
) -> list[float]:
    return [choose([measure(frame) for frame in frames]) for frames in uploads if frames]
