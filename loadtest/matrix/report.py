"""A matrix for people (Markdown), for programs (JSON) and for the eye (plot)."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from cluster.atomic_file import replace_file
from cluster.figure import MAX_BUSY_CORES
from loadtest.matrix.findings import SetupResult, conclude
from loadtest.matrix.run import MatrixRun

JSON_FILE, TABLE_FILE, PLOT_FILE = "matrix.json", "matrix.md", "matrix.png"
_LEVELS = {"quiet": "a third of a replica's load", "loaded": "two thirds"}
_COLUMNS = (
    ("replicas", "---:"),
    ("threads each", "---:"),
    ("photographs a request", "---:"),
    ("model", "---"),
    ("p50 / p95 / p99, a third", "---:"),
    ("p50 / p95 / p99, two thirds", "---:"),
    ("photographs/s at the most", "---:"),
    ("failed", "---:"),
)


def save_matrix(run: MatrixRun, output_dir: Path) -> None:
    """Write JSON, table and plot, each whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_matrix_document(run), indent=1, allow_nan=False) + "\n"
    replace_file(output_dir / JSON_FILE, text.encode())
    replace_file(output_dir / TABLE_FILE, to_markdown(run).encode())
    partial_path = output_dir / f"{PLOT_FILE}.partial"
    _save_plot(run, partial_path)
    partial_path.replace(output_dir / PLOT_FILE)


def to_markdown(run: MatrixRun) -> str:
    """Return the table and what follows from it."""
    machine = run.machine
    lines = [
        f"{run.model_version} on {machine.num_cores} cores of {machine.processor}, "
        f"{machine.measured_at[:10]}, commit {machine.commit}, "
        f"{machine.busy_cores_before:.2f} cores busy before; the generator ran on the same cores.",
        f"Each set-up was asked for a third and two thirds of the {run.replica_rps:.0f} "
        "photographs/s that one replica answered before, and then for more than it can answer. "
        "Milliseconds of a request, from when it was due.",
        "",
        f"| {' | '.join(heading for heading, _ in _COLUMNS)} |",
        f"|{'|'.join(rule for _, rule in _COLUMNS)}|",
        *(_to_line(result) for result in run.results),
        "",
        *(f"- {sentence}" for sentence in conclude(run.results)),
    ]
    if machine.busy_cores_before > MAX_BUSY_CORES:
        lines.append("- DOUBTFUL: the machine was busy with other things. Measure again.")
    return "\n".join(lines) + "\n"


def to_matrix_document(run: MatrixRun) -> dict[str, Any]:
    """Return the matrix as JSON values."""
    return {
        "shape": dataclasses.asdict(run.shape),
        "machine": run.machine.model_dump(),
        "model_version": run.model_version,
        "replica_rps": round(run.replica_rps, 2),
        "results": [_round(dataclasses.asdict(result)) for result in run.results],
        "conclusions": conclude(run.results),
    }


def _to_line(result: SetupResult) -> str:
    setup = result.setup
    spans = (
        f"{summary.p50_ms:.0f} / {summary.p95_ms:.0f} / {summary.p99_ms:.0f}"
        for summary in (result.quiet, result.loaded)
    )
    cells = (
        *(setup.num_replicas, setup.num_threads, setup.photos_per_request, setup.model),
        *spans,
        f"{result.most_rps:.0f}",
        result.num_failed,
    )
    return f"| {' | '.join(map(str, cells))} |"


def _round(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _round(value)
        if isinstance(value, dict)
        else round(value, 3)
        if isinstance(value, float)
        else value
        for name, value in values.items()
    }


def _save_plot(run: MatrixRun, path: Path) -> None:
    # Half a second of import, which only this function needs; no display, no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    figure = Figure(figsize=(11, 1.6 + 0.42 * len(run.results)), layout="constrained")
    FigureCanvasAgg(figure)
    most, latencies = figure.subplots(1, 2, sharey=True)
    places = range(len(run.results))
    bars = most.barh(places, [result.most_rps for result in run.results], color="#2f8f5b")
    most.bar_label(bars, fmt="%.0f", fontsize=8, padding=2)
    most.set_yticks(places, [result.setup.words for result in run.results], fontsize=8)
    most.invert_yaxis()
    most.set_xlabel("photographs/s at the most")
    for offset, name, colour in ((-0.2, "quiet", "#8a8f98"), (0.2, "loaded", "#2f6fb3")):
        values = [getattr(result, name).p95_ms for result in run.results]
        bars = latencies.barh(
            [place + offset for place in places], values, 0.4, color=colour, label=_LEVELS[name]
        )
        latencies.bar_label(bars, fmt="%.0f", fontsize=7, padding=2)
    latencies.set_xscale("log")
    latencies.xaxis.set_minor_formatter(NullFormatter())
    latencies.xaxis.set_major_formatter(ScalarFormatter())
    latencies.set_xlabel("p95 of a request, ms")
    latencies.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    for panel in (most, latencies):
        panel.spines[["top", "right"]].set_visible(False)
        panel.margins(x=0.12)
    machine = run.machine
    figure.suptitle(
        f"python -m loadtest matrix: {run.model_version}, {machine.num_cores} cores of "
        f"{machine.processor}, {machine.measured_at[:10]}, {machine.commit}",
        fontsize=9,
    )
    figure.savefig(path, dpi=110, format="png")
