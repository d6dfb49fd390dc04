"""A drill for people (lines) and for programs (JSON)."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from cluster import figure
from loadtest.drill_plot import save_drill_plot
from loadtest.drill_run import DrillRun
from loadtest.story import count_raw_failures, count_versions, list_memory, to_seconds


def print_drill(run: DrillRun, console: Console) -> None:
    """Print the figures, what failed and which versions answered."""
    story = run.story
    for found in story.figures:
        console.print(figure.to_line(found), markup=False)
    failures = count_raw_failures(story.questions)
    console.print(
        f"{len(story.questions)} questions; {failures.total()} single attempts failed", markup=False
    )
    for reason, count in failures.most_common():
        console.print(f"  {count} x {reason}", markup=False)
    for version, count in sorted(count_versions(story.questions).items()):
        console.print(f"  {count} answers by {version}", markup=False)


def save_drill(run: DrillRun, results_dir: Path) -> None:
    """Write ``NAME.json`` and ``NAME.png``, each whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    results_dir.mkdir(parents=True, exist_ok=True)
    name = run.story.drill
    text = json.dumps(to_drill_document(run), indent=1, allow_nan=False) + "\n"
    partial_path = results_dir / f"{name}.json.partial"
    partial_path.write_text(text, encoding="utf-8")
    partial_path.replace(results_dir / f"{name}.json")
    partial_path = results_dir / f"{name}.png.partial"
    save_drill_plot(run, partial_path)
    partial_path.replace(results_dir / f"{name}.png")


def to_drill_document(run: DrillRun) -> dict[str, Any]:
    """Return the drill as JSON values, second by second."""
    story = run.story
    return {
        "drill": story.drill,
        "machine": run.machine.model_dump(),
        "model_version": run.model_version,
        "figures": [figure.to_document(found) for found in story.figures],
        "num_questions": len(story.questions),
        "single_attempts_failed": dict(count_raw_failures(story.questions)),
        "answers_by_version": dict(count_versions(story.questions)),
        "events": [{"at_s": round(item.at_s, 2), "name": item.name} for item in story.events],
        "seconds": [
            {
                "at_s": second.at_s,
                "rps": second.rps,
                "p95_ms": round(second.p95_ms, 1),
                "num_raw_failures": second.num_raw_failures,
                "num_failed": second.num_failed,
            }
            for second in to_seconds(story.questions)
        ],
        "replicas": [
            {
                "at_s": round(look.at_s, 2),
                "states": {replica.replica_id: replica.state for replica in look.replicas},
            }
            for idx, look in enumerate(story.looks)
            # Only where something changed: a soak looks thousands of times.
            if idx == 0
            or [(item.replica_id, item.state) for item in look.replicas]
            != [(item.replica_id, item.state) for item in story.looks[idx - 1].replicas]
        ],
        "memory_mib": {
            replica_id: [[round(at_s), round(mib, 1)] for at_s, mib in values[::20]]
            for replica_id, values in list_memory(story.looks).items()
        },
    }
