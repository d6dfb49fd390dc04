"""A measurement for people (table), for programs (JSON) and for the README (plot)."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cluster import figure
from loadtest.bench import Measurement
from loadtest.bench_plot import save_plot
from loadtest.slo import Summary, find_doubts, judge, median_summaries

JSON_FILE = "bench.json"
PLOT_FILE = "bench.png"


def print_report(measurement: Measurement, console: Console) -> None:
    """Print what was measured and which figures are met."""
    machine = measurement.machine
    table = Table(
        title=f"{measurement.model_version} on {machine.num_cores} cores ({machine.processor})",
        title_justify="left",
    )
    for heading in ("connections", "target"):
        table.add_column(heading)
    for heading in ("predictions/s", "p50 ms", "p95 ms", "p99 ms", "failed"):
        table.add_column(heading, justify="right")
    medians = median_summaries(measurement.rounds)
    for (connections, target), summary in sorted(medians.items()):
        table.add_row(str(connections), target.value, *_to_cells(summary))
    console.print(table)

    figures = Table(title="Figures: median over rounds (lowest to highest)", title_justify="left")
    for heading in ("figure", "measured", "limit", ""):
        figures.add_column(heading)
    doubts = _find_doubts(measurement)
    for found in judge(measurement.rounds):
        figures.add_row(*figure.to_cells(found, is_claim=not doubts))
    console.print(figures)
    for fault, count in sorted(measurement.faults.items()):
        console.print(f"{count} x {fault}", markup=False)
    for doubt in doubts:
        console.print(f"no claim: {doubt}", markup=False)


def save_report(measurement: Measurement, results_dir: Path) -> None:
    """Write `bench.json` and `bench.png`, each whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    results_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_document(measurement), indent=1, allow_nan=False) + "\n"
    partial_path = results_dir / f"{JSON_FILE}.partial"
    partial_path.write_text(text, encoding="utf-8")
    partial_path.replace(results_dir / JSON_FILE)
    partial_path = results_dir / f"{PLOT_FILE}.partial"
    save_plot(measurement, partial_path, is_claim=not _find_doubts(measurement))
    partial_path.replace(results_dir / PLOT_FILE)


def to_document(measurement: Measurement) -> dict[str, Any]:
    """Return the measurement as JSON values, raw rounds included."""
    plan = dataclasses.asdict(measurement.plan)
    return {
        "plan": plan,
        "machine": measurement.machine.model_dump(),
        "model_version": measurement.model_version,
        "figures": [figure.to_document(found) for found in judge(measurement.rounds)],
        "medians": [
            {"connections": connections, "target": target.value, **_to_numbers(summary)}
            for (connections, target), summary in sorted(
                median_summaries(measurement.rounds).items()
            )
        ],
        "rounds": [
            {
                "round_idx": item.round_idx,
                "connections": item.connections,
                "target": item.target.value,
                **_to_numbers(item.summary),
            }
            for item in measurement.rounds
        ],
        "faults": measurement.faults,
        "doubts": list(_find_doubts(measurement)),
    }


def _to_cells(summary: Summary) -> list[str]:
    return [
        f"{summary.rps:.1f}",
        f"{summary.p50_ms:.2f}",
        f"{summary.p95_ms:.2f}",
        f"{summary.p99_ms:.2f}",
        str(summary.num_failed),
    ]


def _find_doubts(measurement: Measurement) -> tuple[str, ...]:
    return find_doubts(measurement.rounds, busy_cores_before=measurement.machine.busy_cores_before)


def _to_numbers(summary: Summary) -> dict[str, float | int]:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(summary).items()
    }
