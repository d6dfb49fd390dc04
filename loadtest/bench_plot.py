"""The plot of a benchmark: rates and latencies of the targets, side by side."""

from pathlib import Path

from loadtest.bench import Measurement
from loadtest.slo import Target, median_summaries

_COLOURS = {
    Target.IN_PROCESS: "#8a8f98",
    Target.BARE: "#d98e32",
    Target.LIT: "#7b5ea7",
    Target.SERVED: "#2f8f5b",
}
_NAMES = {
    Target.IN_PROCESS: "model alone (no HTTP)",
    Target.BARE: "bare FastAPI",
    Target.LIT: "LitServe, 2 workers",
    Target.SERVED: "Ray Serve (Leafray)",
}
_BAR_WIDTH = 0.2


def save_plot(measurement: Measurement, path: Path, *, is_claim: bool) -> None:
    """Write the plot as a PNG; one that is no claim says so itself, for it travels alone."""
    # Half a second of import, which only this function needs; the object-oriented interface takes
    # no display and leaves no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    medians = median_summaries(measurement.rounds)
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 3)
    panels = (("predictions/s", "rps"), ("p50, ms", "p50_ms"), ("p99, ms", "p99_ms"))
    for panel, (title, field) in zip(axes, panels, strict=True):
        for offset, target in enumerate(Target):
            values = [
                getattr(medians[connections, target], field)
                for connections in measurement.plan.connections
            ]
            places = [
                idx + (offset - (len(Target) - 1) / 2) * _BAR_WIDTH for idx in range(len(values))
            ]
            bars = panel.bar(places, values, _BAR_WIDTH, color=_COLOURS[target])
            panel.bar_label(bars, fmt="%.3g", fontsize=8, padding=2)
        panel.set_title(title, fontsize=10)
        panel.set_xticks(
            range(len(measurement.plan.connections)),
            [f"{connections} at a time" for connections in measurement.plan.connections],
        )
        panel.spines[["top", "right"]].set_visible(False)
        panel.margins(y=0.12)
    handles = [axes[0].containers[idx] for idx in range(len(Target))]
    figure.legend(
        handles,
        [_NAMES[target] for target in Target],
        loc="outside lower center",
        ncols=len(Target),
        frameon=False,
    )
    machine = measurement.machine
    figure.suptitle(
        f"{measurement.model_version}, {machine.num_cores} cores of {machine.processor}, "
        f"{machine.measured_at[:10]}, {machine.commit}"
        + ("" if is_claim else "\nNO CLAIM: measured on a busy or uneven machine, see bench.json"),
        fontsize=9,
        color="black" if is_claim else "#b3261e",
    )
    figure.savefig(path, dpi=110, format="png")
