"""The plot of a drill: answers, latency, replicas and their memory over time, with its events."""

import itertools
from pathlib import Path
from typing import Any

from loadtest.drill_run import DrillRun
from loadtest.story import list_memory, to_seconds

_STATE_COLOURS = {
    "STARTING": "#d98e32",
    "UPDATING": "#7a5cc4",
    "RUNNING": "#2f8f5b",
    "STOPPING": "#8a8f98",
}
_BAD = "#b3261e"
_MAX_EVENT_CHARS = 40


def save_drill_plot(run: DrillRun, path: Path) -> None:
    """Write the plot as a PNG."""
    # Half a second of import, which only this function needs; no display, no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    story = run.story
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    rates, latencies, replicas, memory = figure.subplots(
        4, 1, sharex=True, height_ratios=[2, 2, 1, 1]
    )
    seconds = to_seconds(story.questions)
    times_s = [second.at_s + 0.5 for second in seconds]
    rates.plot(times_s, [second.rps for second in seconds], color="#2f6fb3")
    rates.set_ylabel("answers/s")
    for second in seconds:
        if second.num_raw_failures:
            rates.axvspan(second.at_s, second.at_s + 1, color=_BAD, alpha=0.25, linewidth=0)
    latencies.plot(times_s, [second.p95_ms for second in seconds], color="#2f6fb3")
    latencies.set_ylabel("p95, ms")
    _draw_replicas(replicas, run)
    for values in list_memory(story.looks).values():
        memory.plot([at_s for at_s, _ in values], [mib for _, mib in values])
    memory.set_ylabel("MiB each")
    memory.set_ylim(bottom=0)
    memory.set_xlabel("seconds; red: single attempts failed")
    for event in story.events:
        for panel in (rates, latencies, replicas, memory):
            panel.axvline(event.at_s, color="black", linewidth=0.6, linestyle=":")
        rates.annotate(
            event.name[:_MAX_EVENT_CHARS],
            (event.at_s, 0),
            rotation=90,
            fontsize=7,
            va="bottom",
            ha="right",
        )
    for panel in (rates, latencies, replicas, memory):
        panel.spines[["top", "right"]].set_visible(False)
    machine = run.machine
    verdicts = "; ".join(
        f"{item.name}: {item.value:.2f}{item.unit}{'' if item.is_met else ' (NOT MET)'}"
        for item in story.figures
    )
    figure.suptitle(
        f"{story.drill}: {run.model_version}, {machine.num_cores} cores of {machine.processor}, "
        f"{machine.measured_at[:10]}, {machine.commit}\n{verdicts}",
        fontsize=8,
    )
    figure.savefig(path, dpi=110, format="png")


def _draw_replicas(panel: Any, run: DrillRun) -> None:
    """Draw a line for each replica in the colours of its states."""
    looks = run.story.looks
    rows: dict[str, int] = {}
    for look, following in itertools.pairwise(looks):
        for replica in look.replicas:
            row = rows.setdefault(replica.replica_id, len(rows))
            panel.barh(
                row,
                following.at_s - look.at_s,
                left=look.at_s,
                color=_STATE_COLOURS.get(replica.state, "#000000"),
            )
    panel.set_yticks(list(rows.values()), list(rows), fontsize=7)
    panel.set_ylabel("replicas")
