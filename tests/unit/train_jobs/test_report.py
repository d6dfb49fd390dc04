"""An evaluation on paper: Markdown, JSON and plots that open."""

import re
from pathlib import Path

import pytest
from PIL import Image

from train_jobs.evaluate import ClassReport, Evaluation
from train_jobs.report import write_report


def create_evaluation(*, ood_roc: list[tuple[float, float]]) -> Evaluation:
    recall = {"recall": 0.5, "recall_low": 0.25, "recall_high": 0.75}
    return Evaluation(
        model_version="hand-made-1",
        metrics={
            "val": {"top1_accuracy": 0.12345678, "ece": 0.05},
            "ood": {"auroc": 0.9},
        },
        classes={
            "val": {
                "apple__healthy": ClassReport(num_images=4, **recall),
                "tomato__late_blight": ClassReport(
                    num_images=1, recall=1.0, recall_low=1.0, recall_high=1.0
                ),
            }
        },
        class_names=("apple__healthy", "grape__esca", "tomato__late_blight"),
        confusion=[[2, 1, 1], [0, 0, 0], [0, 0, 1]],
        reliability=[(0.4, 0.5, 3), (0.95, 1.0, 2)],
        ood_roc=ood_roc,
        num_left_out=17,
    )


@pytest.fixture
def evaluation() -> Evaluation:
    return create_evaluation(ood_roc=[(0.0, 0.2), (1.0, 1.0), (0.5, 0.9)])


def test_the_plots_that_the_report_shows_can_be_opened(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    text = write_report(tmp_path / "new" / "folder", evaluation).read_text()
    shown = re.findall(r"!\[\w+\]\((\w+\.png)\)", text)
    assert shown == ["recalls.png", "confusion.png", "reliability.png", "ood_roc.png"]
    for name in shown:
        with Image.open(tmp_path / "new" / "folder" / name, formats=["PNG"]) as plot:
            plot.load()
            assert min(plot.size) > 100


def test_the_report_names_the_model_every_slice_and_what_was_left_out(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    lines = write_report(tmp_path, evaluation).read_text().splitlines()
    assert lines[0] == "# Evaluation of hand-made-1"
    assert lines[2].endswith("were left out: 17.")
    assert "| val | top1_accuracy 0.1235, ece 0.05 |" in lines
    assert "| ood | auroc 0.9 |" in lines


def test_the_json_is_the_whole_evaluation(tmp_path: Path, evaluation: Evaluation) -> None:
    write_report(tmp_path, evaluation)
    text = (tmp_path / "report.json").read_text()
    assert Evaluation.model_validate_json(text) == evaluation


def test_without_strangers_there_is_no_plot_of_them(tmp_path: Path) -> None:
    text = write_report(tmp_path, create_evaluation(ood_roc=[])).read_text()
    assert "ood_roc" not in text
    assert not (tmp_path / "ood_roc.png").exists()
