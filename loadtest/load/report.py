"""A load test for people (lines), for programs (JSON, CSV) and for the eye (plot)."""

import csv
import dataclasses
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cluster import figure
from cluster.atomic_file import replace_file
from cluster.figure import Figure
from loadtest.load.figures import (
    LoadSecond,
    find_doubts,
    judge_load,
    list_kinds,
    list_spans,
    summarize_span,
    to_seconds,
)
from loadtest.load.plot import save_load_plot
from loadtest.load.run import LoadRun
from loadtest.slo import Summary

JSON_FILE, SECONDS_FILE, PLOT_FILE = "report.json", "seconds.csv", "report.png"


def judge_run(run: LoadRun) -> tuple[Figure, ...]:
    """Return the figures of a run."""
    return judge_load(
        run.story,
        min_replicas=run.settings.min_replicas,
        most_replicas=run.settings.most_replicas,
    )


def list_doubts(run: LoadRun) -> tuple[str, ...]:
    """Return why the figures may be no claim."""
    return find_doubts(run.story, busy_cores_before=run.machine.busy_cores_before)


def print_load(run: LoadRun, console: Console) -> None:
    """Print percentiles by kind of question, figures, faults and doubts."""
    table = Table(title=f"{run.story.shape.name}: {run.model_version}", title_justify="left")
    table.add_column("questions")
    for heading in (
        "answered",
        "failed",
        "per s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "p95 from sending",
    ):
        table.add_column(heading, justify="right")
    for kind, (due, sent) in list_kinds(run.story).items():
        cells = [due.num_answered, due.num_failed, due.rps, due.p50_ms, due.p95_ms, due.p99_ms]
        table.add_row(kind, *(f"{cell:.0f}" for cell in (*cells, sent.p95_ms)))
    console.print(table)
    for found in judge_run(run):
        console.print(figure.to_line(found), markup=False)
    for fault, count in _count_faults(run).most_common():
        console.print(f"{count} x {fault}", markup=False)
    attempts = _count_attempts(run)
    console.print(f"{attempts.total()} single attempts failed", markup=False)
    for reason, count in attempts.most_common():
        console.print(f"  {count} x {reason}", markup=False)
    console.print(f"the generator took {run.story.generator_cores:.2f} cores", markup=False)
    for doubt in list_doubts(run):
        console.print(f"doubtful: {doubt}", markup=False)


def save_load(run: LoadRun, output_dir: Path) -> None:
    """Write report, seconds and plot beside the log of the questions.

    Raises:
        OSError: the folder cannot be written.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_load_document(run), indent=1, allow_nan=False) + "\n"
    replace_file(output_dir / JSON_FILE, text.encode())
    replace_file(output_dir / SECONDS_FILE, _to_csv(to_seconds(run.story)).encode())
    partial_path = output_dir / f"{PLOT_FILE}.partial"
    verdict = "; ".join(figure.to_line(found) for found in judge_run(run))
    save_load_plot(run, partial_path, doubts=list_doubts(run), verdict=verdict)
    partial_path.replace(output_dir / PLOT_FILE)


def to_load_document(run: LoadRun) -> dict[str, Any]:
    """Return the run as JSON values; its seconds stand in the CSV."""
    story = run.story
    return {
        "shape": dataclasses.asdict(story.shape),
        "machine": run.machine.model_dump(),
        "model_version": run.model_version,
        "replica_rps": round(story.replica_rps, 2),
        "generator_cores": round(story.generator_cores, 2),
        "figures": [figure.to_document(found) for found in judge_run(run)],
        "doubts": list(list_doubts(run)),
        "kinds": {
            kind: {"from_due": _to_numbers(due), "from_sending": _to_numbers(sent)}
            for kind, (due, sent) in list_kinds(story).items()
        },
        "levels": [
            {
                "load": round(span.level.load, 3),
                "users": span.level.num_users,
                "from_s": round(span.from_s, 1),
                "until_s": round(span.until_s, 1),
                **_to_numbers(summarize_span(story, span)),
            }
            for span in list_spans(story)
        ],
        "faults": dict(_count_faults(run)),
        "single_attempts_failed": dict(_count_attempts(run)),
        "replicas": [
            {
                "at_s": round(look.at_s, 2),
                "states": {replica.replica_id: replica.state for replica in look.replicas},
            }
            for idx, look in enumerate(story.looks)
            # Only where something changed.
            if idx == 0
            or [(item.replica_id, item.state) for item in look.replicas]
            != [(item.replica_id, item.state) for item in story.looks[idx - 1].replicas]
        ],
    }


def _count_faults(run: LoadRun) -> Counter[str]:
    return Counter(f"{item.kind}: {item.fault}" for item in run.story.requests if item.fault)


def _count_attempts(run: LoadRun) -> Counter[str]:
    return Counter(
        f"{item.kind}: {reason}"
        for item in run.story.requests
        if item.failures
        for reason in item.failures.split(" | ")
    )


def _to_csv(seconds: list[LoadSecond]) -> str:
    text = io.StringIO()
    names = [field.name for field in dataclasses.fields(LoadSecond)]
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    for second in seconds:
        cells = dataclasses.asdict(second).items()
        writer.writerow({n: round(v, 1) if isinstance(v, float) else v for n, v in cells})
    return text.getvalue()


def _to_numbers(summary: Summary) -> dict[str, float | int]:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(summary).items()
    }
