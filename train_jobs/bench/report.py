"""A measurement for people (tables), for programs (JSON) and for the README (plot)."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cluster import figure
from train_jobs.bench.figures import find_doubts, judge, median_rate
from train_jobs.bench.plan import FULL
from train_jobs.bench.rounds import MemoryRound, Side, Work
from train_jobs.bench.run import Measurement

_GIB = 2**30


def print_report(measurement: Measurement, console: Console) -> None:
    """Print every figure, met or missed; with doubts no figure is a claim, and that is said."""
    machine = measurement.machine
    rates = Table(
        title=f"images/s on {machine.num_cores} cores ({machine.processor}), median over rounds",
        title_justify="left",
    )
    for heading in ("work", "Ray", "torch"):
        rates.add_column(heading, justify="left" if heading == "work" else "right")
    for work in Work:
        cells = [f"{median_rate(measurement.rounds, work, side):.1f}" for side in Side]
        rates.add_row(work.value, *cells)
    console.print(rates)
    memory = Table(title="peak memory, GiB", title_justify="left")
    for heading in ("images", "all", "driver", "worker", "data process", "object store"):
        memory.add_column(heading, justify="right")
    for item in measurement.memory:
        memory.add_row(f"{item.num_images}", *_to_gib_cells(item))
    console.print(memory)

    doubts = _find_doubts(measurement)
    figures = Table(title="Figures: median over rounds (lowest to highest)", title_justify="left")
    for heading in ("figure", "measured", "target", ""):
        figures.add_column(heading)
    for found in judge(measurement.rounds, measurement.memory):
        figures.add_row(*figure.to_cells(found, is_claim=not doubts))
    console.print(figures)
    for doubt in doubts:
        console.print(f"no claim: {doubt}", markup=False)


def save_report(measurement: Measurement, path: Path) -> None:
    """Write the JSON file, and the plot beside it as PNG, each whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_document(measurement), indent=1, allow_nan=False) + "\n"
    partial_path = path.with_name(f"{path.name}.partial")
    partial_path.write_text(text, encoding="utf-8")
    partial_path.replace(path)
    _save_plot(measurement, partial_path)
    partial_path.replace(path.with_suffix(".png"))


def to_document(measurement: Measurement) -> dict[str, Any]:
    """Return the measurement as JSON values, raw rounds included."""
    return {
        "plan": {
            **dataclasses.asdict(measurement.plan),
            "config": measurement.plan.config.model_dump(),
        },
        "machine": measurement.machine.model_dump(),
        "photos": {"source": measurement.photos, "num_refused": measurement.num_refused},
        "figures": [
            figure.to_document(found) for found in judge(measurement.rounds, measurement.memory)
        ],
        "rounds": [_to_values(item) for item in measurement.rounds],
        "memory": [_to_values(item) for item in measurement.memory],
        "doubts": list(_find_doubts(measurement)),
    }


def _save_plot(measurement: Measurement, path: Path) -> None:
    # Half a second of import, which only this function needs.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(10, 3.8), layout="constrained")
    FigureCanvasAgg(canvas)
    train, decode, memory = canvas.subplots(1, 3)
    titles = {Work.TRAIN: "training, images/s", Work.DECODE: "decode and augment, images/s"}
    for axes, work in ((train, Work.TRAIN), (decode, Work.DECODE)):
        values = [median_rate(measurement.rounds, work, side) for side in Side]
        bars = axes.bar(["Ray", "torch"], values, color=["#2f8f5b", "#d98e32"])
        axes.bar_label(bars, fmt="%.4g", fontsize=8, padding=2)
        axes.set_title(titles[work], fontsize=10)
    labels = [f"{item.num_images}\nround {item.round_idx + 1}" for item in measurement.memory]
    bars = memory.bar(
        labels, [item.total_bytes / _GIB for item in measurement.memory], color="#8a8f98"
    )
    memory.bar_label(bars, fmt="%.3g", fontsize=8, padding=2)
    memory.set_title("peak memory by images, GiB", fontsize=10)
    for axes in (train, decode, memory):
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(y=0.12)
    machine, doubts = measurement.machine, _find_doubts(measurement)
    canvas.suptitle(
        f"{measurement.plan.config.name}, {machine.num_cores} cores of {machine.processor}, "
        f"{machine.measured_at[:10]}, {machine.commit}"
        + ("\nNO CLAIM: see JSON" if doubts else ""),
        fontsize=9,
        color="#b3261e" if doubts else "black",
    )
    canvas.savefig(path, dpi=110, format="png")


def _find_doubts(measurement: Measurement) -> tuple[str, ...]:
    return find_doubts(
        measurement.rounds,
        is_quick=measurement.plan.name != FULL.name,
        busy_cores_before=measurement.machine.busy_cores_before,
    )


def _to_gib_cells(item: MemoryRound) -> list[str]:
    values = (
        item.total_bytes,
        item.driver_bytes,
        item.worker_bytes,
        item.data_process_bytes,
        item.object_store_bytes,
    )
    return [f"{value / _GIB:.2f}" for value in values]


def _to_values(item: Any) -> dict[str, Any]:
    return {
        name: figure.to_number(value) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(item).items()
    }
