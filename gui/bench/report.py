"""A measurement for people (table) and for programs (JSON)."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cluster import figure
from cluster.atomic_file import replace_file
from gui.bench.figures import find_doubts, judge
from gui.bench.frames import Frame
from gui.bench.run import FULL, Measurement

_NUM_LONGEST = 10


def print_report(measurement: Measurement, console: Console) -> None:
    """Print every figure, met or missed; with doubts no figure is a claim, and that is said."""
    machine, doubts = measurement.machine, _find_doubts(measurement)
    table = Table(
        title=f"The window on {machine.num_cores} cores ({machine.processor}), software OpenGL: "
        "median over rounds (lowest to highest)",
        title_justify="left",
    )
    for heading in ("figure", "measured", "limit", ""):
        table.add_column(heading)
    for found in _judge(measurement):
        table.add_row(*figure.to_cells(found, is_claim=not doubts))
    console.print(table)
    for doubt in doubts:
        console.print(f"no claim: {doubt}", markup=False)


def save_report(measurement: Measurement, path: Path) -> None:
    """Write the JSON file, whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_document(measurement), indent=1, allow_nan=False) + "\n"
    replace_file(path, text.encode())


def to_document(measurement: Measurement) -> dict[str, Any]:
    """Return the measurement as JSON values; of thousands of frames the longest."""
    return {
        "plan": dataclasses.asdict(measurement.plan),
        "machine": measurement.machine.model_dump(),
        "screen": "Xvfb, software OpenGL",
        "figures": [figure.to_document(found) for found in _judge(measurement)],
        "first_frames_s": list(measurement.first_frames_s),
        "uploads": [
            {"num_frames": len(frames), "longest": [_to_values(frame) for frame in _sort(frames)]}
            for frames in measurement.uploads
        ],
        "doubts": list(_find_doubts(measurement)),
    }


def _judge(measurement: Measurement) -> tuple[figure.Figure, ...]:
    return judge(
        first_frames_s=measurement.first_frames_s,
        idle_percent=measurement.idle_percent,
        uploads=measurement.uploads,
        num_photos=measurement.plan.num_photos,
    )


def _find_doubts(measurement: Measurement) -> tuple[str, ...]:
    return find_doubts(
        measurement.uploads,
        is_quick=measurement.plan.name != FULL.name,
        busy_cores_before=measurement.machine.busy_cores_before,
    )


def _sort(frames: tuple[Frame, ...]) -> list[Frame]:
    return sorted(frames, key=lambda frame: -frame.total_ms)[:_NUM_LONGEST]


def _to_values(frame: Frame) -> dict[str, Any]:
    return {
        name: figure.to_number(value) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(frame).items()
        if name not in ("at_s", "is_awake")
    }
