"""A measurement for people (tables), for programs (JSON) and for the README (plot)."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from train_jobs.bench.figures import Figure, find_doubts, judge, median_rate
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
    for figure in judge(measurement.rounds, measurement.memory):
        figures.add_row(*_to_figure_cells(figure, has_doubts=bool(doubts)))
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
            {
                "name": figure.name,
                "value": _to_number(figure.value),
                "lowest": _to_number(figure.lowest),
                "highest": _to_number(figure.highest),
                "limit": figure.limit,
                "is_lower_better": figure.is_lower_better,
                "is_met": figure.is_met,
            }
            for figure in judge(measurement.rounds, measurement.memory)
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


def _to_figure_cells(figure: Figure, *, has_doubts: bool) -> list[str]:
    outcome = {None: "", True: "met", False: "MISSED"}[figure.is_met]
    if outcome and has_doubts:
        outcome += " (no claim)"
    sign = "at most" if figure.is_lower_better else "at least"
    return [
        figure.name,
        f"{figure.value:.3f} ({figure.lowest:.3f} to {figure.highest:.3f})",
        "" if figure.limit is None else f"{sign} {figure.limit:g}",
        outcome,
    ]


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
        name: _to_number(value) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(item).items()
    }


def _to_number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
