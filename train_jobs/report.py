"""An evaluation for people: Markdown with plots, beside the JSON."""

from pathlib import Path

import numpy as np

from models.labels import get_label
from train_jobs.evaluate import Evaluation

_DPI = 110


def write_report(folder: Path, evaluation: Evaluation) -> Path:
    """Write `report.json`, `report.md` and the plots it shows into a folder.

    Returns:
        The Markdown file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(evaluation.model_dump_json(indent=1), encoding="utf-8")
    _plot_confusion(folder / "confusion.png", evaluation)
    _plot_reliability(folder / "reliability.png", evaluation)
    _plot_recalls(folder / "recalls.png", evaluation)
    plots = ["recalls", "confusion", "reliability"]
    if evaluation.ood_roc:
        _plot_roc(folder / "ood_roc.png", evaluation)
        plots.append("ood_roc")
    lines = [f"# Evaluation of {evaluation.model_version}", ""]
    lines += [
        f"Photographs that the model was trained on, or of the same leaves, were left out: "
        f"{evaluation.num_left_out}.",
        "",
        "| slice | figures |",
        "|---|---|",
    ]
    lines += [
        f"| {name} | " + ", ".join(f"{key} {value:.4g}" for key, value in figures.items()) + " |"
        for name, figures in evaluation.metrics.items()
    ]
    lines += ["", *(f"![{name}]({name}.png)\n" for name in plots)]
    path = folder / "report.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _plot_confusion(path: Path, evaluation: Evaluation) -> None:
    from matplotlib.figure import Figure

    matrix = np.asarray(evaluation.confusion, dtype=float)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    names = [get_label(name).display_name for name in evaluation.class_names]
    figure = Figure(figsize=(11, 10), layout="constrained")
    axes = figure.subplots()
    picture = axes.imshow(shares, cmap="viridis", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("answered")
    axes.set_ylabel("true class")
    axes.set_title("Share of each class's photographs, by answer")
    figure.colorbar(picture, shrink=0.7)
    figure.savefig(path, dpi=_DPI)


def _plot_reliability(path: Path, evaluation: Evaluation) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, label="perfectly honest")
    confidence, right, counts = zip(*evaluation.reliability, strict=True)
    axes.scatter(confidence, right, s=20 + 4 * np.sqrt(counts), zorder=3, label="bins, by size")
    axes.set_xlabel("probability that the model states")
    axes.set_ylabel("share that is right")
    ece = evaluation.metrics["val"]["ece"]
    axes.set_title(f"Calibration on val (expected error {ece:.3f})")
    axes.legend()
    figure.savefig(path, dpi=_DPI)


def _plot_recalls(path: Path, evaluation: Evaluation) -> None:
    from matplotlib.figure import Figure

    classes = sorted(evaluation.classes["val"].items(), key=lambda item: item[1].recall)
    recalls = np.asarray([row.recall for _, row in classes])
    low = recalls - np.asarray([row.recall_low for _, row in classes])
    high = np.asarray([row.recall_high for _, row in classes]) - recalls
    figure = Figure(figsize=(8, 0.24 * len(classes) + 1), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(
        recalls, range(len(classes)), xerr=np.clip([low, high], 0, None), fmt="o", markersize=3
    )
    labels = [f"{get_label(name).display_name} ({row.num_images})" for name, row in classes]
    axes.set_yticks(range(len(classes)), labels, fontsize=7)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("recall on val, with its 95 % bootstrap interval")
    figure.savefig(path, dpi=_DPI)


def _plot_roc(path: Path, evaluation: Evaluation) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    known, unknown = zip(*sorted(evaluation.ood_roc), strict=True)
    axes.plot(known, unknown)
    axes.axvline(0.05, color="grey", linewidth=1, linestyle="--", label="5 % of known refused")
    axes.set_xlabel("share of known leaves refused")
    axes.set_ylabel("share of strangers refused")
    axes.set_title(f"Strangers told apart (AUROC {evaluation.metrics['ood']['auroc']:.3f})")
    axes.legend()
    figure.savefig(path, dpi=_DPI)
