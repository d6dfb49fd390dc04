"""The frames of a window as it writes them down, and what they say. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame: when it began, what the tab Contribute was at, and what the frame took.

    ``own_ms`` is our code's part: taking in what has come, bringing widgets up to date, keys. Of it
    ``own_cpu_ms`` is computing; the rest it waited for a core or for another thread. ``drawn_ms``
    is Dear PyGui's part and the driver's. A window that may sleep waits for input before it draws,
    so the frame's time says nothing then: ``is_awake`` is False.
    """

    at_s: float
    own_ms: float
    own_cpu_ms: float
    drawn_ms: float
    is_awake: bool
    phase: str

    @property
    def total_ms(self) -> float:
        """Milliseconds from its beginning to what is on the screen."""
        return self.own_ms + self.drawn_ms


def write_frame(frame: Frame) -> str:
    """Return a frame as a line without its end."""
    figures = f"{frame.at_s:.6f} {frame.own_ms:.3f} {frame.own_cpu_ms:.3f} {frame.drawn_ms:.3f}"
    return f"{figures} {int(frame.is_awake)} {frame.phase}"


def read_frames(lines: Iterable[str]) -> tuple[Frame, ...]:
    """Return the frames of whole lines; one that is still being written is left out."""
    return tuple(_read_frame(line.split()) for line in lines if line.endswith("\n"))


def select(frames: Sequence[Frame], phases: Iterable[str]) -> tuple[Frame, ...]:
    """Return the frames of a waking window in some phases."""
    wanted = frozenset(phases)
    return tuple(frame for frame in frames if frame.is_awake and frame.phase in wanted)


def _read_frame(fields: Sequence[str]) -> Frame:
    at_s, own_ms, own_cpu_ms, drawn_ms, is_awake, phase = fields
    return Frame(
        at_s=float(at_s),
        own_ms=float(own_ms),
        own_cpu_ms=float(own_cpu_ms),
        drawn_ms=float(drawn_ms),
        is_awake=is_awake == "1",
        phase=phase,
    )
