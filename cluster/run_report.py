"""What a retraining run leaves beside its status to be drawn: curves, and what is mixed up.

The curves are lines that are only ever added to a file, so that they are whole for whoever looks at
the run later; what both models mix up is written once, when they are judged.
"""

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from cluster.atomic_file import replace_file
from cluster.storage import Layout

# More than a screen can show; a training has a hundred epochs, or a thousand iterations.
MAX_POINTS = 2000
_MAX_BYTES = 4 * 1024 * 1024


class RunPoint(BaseModel):
    """The figures of a training after one epoch or iteration."""

    model_config = ConfigDict(frozen=True)

    epoch: int
    metrics: dict[str, float]


class Confusion(BaseModel):
    """How many photographs of a class each model takes for another one."""

    model_config = ConfigDict(frozen=True)

    class_name: str
    answer: str
    champion: int
    challenger: int


class _Confusions(RootModel[tuple[Confusion, ...]]):
    pass


def append_point(path: Path, point: RunPoint) -> None:
    """Add a point; one process of a run does so at a time.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{point.model_dump_json()}\n")


def load_points(path: Path) -> tuple[RunPoint, ...]:
    """Return the points, the first epoch first; the newest ones where there are too many.

    A training that goes on after a failure tells some epochs again: the later word holds. A line
    that is damaged, or still being written, is left out.
    """
    points: dict[int, RunPoint] = {}
    for line in _read_end(path).splitlines():
        try:
            point = RunPoint.model_validate_json(line)
        except ValidationError:
            continue
        points[point.epoch] = point
    return tuple(points[epoch] for epoch in sorted(points)[-MAX_POINTS:])


def write_confusions(layout: Layout, run_id: str, confusions: Iterable[Confusion]) -> None:
    """Write what champion and challenger of a run mix up."""
    content = _Confusions(tuple(confusions)).model_dump_json()
    replace_file(layout.run_confusions_path(run_id), content.encode())


def load_confusions(layout: Layout, run_id: str) -> tuple[Confusion, ...]:
    """Return the same; nothing for a run that was not judged, or whose file is damaged."""
    try:
        content = layout.run_confusions_path(run_id).read_bytes()
        return _Confusions.model_validate_json(content).root
    except (OSError, ValidationError):
        return ()


def _read_end(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _MAX_BYTES))
            return file.read(_MAX_BYTES)
    except OSError:
        return b""
