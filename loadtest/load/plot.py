"""The plot of a load test: rates and response times over time, the replicas beneath."""

import textwrap
from pathlib import Path

from loadtest.load.figures import list_spans, to_seconds
from loadtest.load.run import LoadRun

_TITLE_CHARS = 150
_DUE, _ANSWERED, _BAD = "#8a8f98", "#2f6fb3", "#b3261e"
_STATES = (("RUNNING", "#2f8f5b"), ("STARTING", "#d98e32"), ("STOPPING", "#8a8f98"))


def save_load_plot(run: LoadRun, path: Path, *, doubts: tuple[str, ...], verdict: str) -> None:
    """Write the plot as a PNG; one that is doubtful says so itself, for it travels alone."""
    # Half a second of import, which only this function needs; no display, no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    story = run.story
    figure = Figure(figsize=(11, 7), layout="constrained")
    FigureCanvasAgg(figure)
    rates, latencies, replicas = figure.subplots(3, 1, sharex=True, height_ratios=[2, 2, 1])
    seconds = to_seconds(story)
    times_s = [second.at_s + 0.5 for second in seconds]
    rates.plot(times_s, [second.due_rps for second in seconds], color=_DUE, label="asked")
    rates.plot(
        times_s, [second.answered_rps for second in seconds], color=_ANSWERED, label="answered"
    )
    rates.set_ylabel("photographs/s")
    rates.legend(frameon=False, loc="upper right")
    for name, width in (("p99", 0.6), ("p95", 1.2), ("p50", 1.8)):
        values = [getattr(second, f"{name}_ms") or float("nan") for second in seconds]
        latencies.plot(times_s, values, color=_ANSWERED, linewidth=width, label=name)
    latencies.set_yscale("log")
    latencies.set_ylabel("ms from when it was due")
    latencies.legend(frameon=False, loc="upper right")
    for span in list_spans(story):
        latencies.axvspan(span.from_s, span.until_s, color="#2f8f5b", alpha=0.08, linewidth=0)
    for second in seconds:
        if second.num_failed:
            rates.axvspan(second.at_s, second.at_s + 1, color=_BAD, alpha=0.4, linewidth=0)
    looks_s = [look.at_s for look in story.looks]
    counts = [
        [sum(replica.state == state for replica in look.replicas) for look in story.looks]
        for state, _ in _STATES
    ]
    replicas.stackplot(
        looks_s,
        counts,
        step="post",
        colors=[colour for _, colour in _STATES],
        labels=[state.lower() for state, _ in _STATES],
    )
    replicas.set_ylabel("replicas")
    replicas.set_yticks(range(run.settings.most_replicas + 1))
    replicas.legend(loc="lower right", ncols=len(_STATES), fontsize=8)
    replicas.set_xlabel("seconds; red: questions without a right answer; green: judged")
    for panel in (rates, latencies, replicas):
        panel.spines[["top", "right"]].set_visible(False)
    machine = run.machine
    figure.suptitle(
        f"make load SHAPE={story.shape.name}: {run.model_version}, {machine.num_cores} cores of "
        f"{machine.processor}, {machine.measured_at[:10]}, {machine.commit}\n"
        + textwrap.fill(verdict, _TITLE_CHARS)
        + "".join(f"\nDOUBTFUL: {doubt}" for doubt in doubts),
        fontsize=8,
        color=_BAD if doubts else "black",
    )
    figure.savefig(path, dpi=110, format="png")
