"""A worker's epochs without Ray around it: reports, checkpoints, patience."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import ray.train
import ray.train.collective
import ray.train.torch
import torch
from torch import Tensor

from train_jobs import loop
from train_jobs.config import TrainConfig, get_config
from train_jobs.learner import DivergedError
from train_jobs.loop import train_worker

pytestmark = pytest.mark.usefixtures("tiny_net")

CONFIG = get_config("smoke").model_copy(
    update={"pretrained": False, "epochs": 3, "batch_size": 8, "micro_batch_size": 4}
)


class FakeShard:
    """Images of a stream; its seed makes them the same in every epoch."""

    def __init__(self, num_images: int) -> None:
        self._num_images = num_images

    def iter_torch_batches(self, *, batch_size: int, **_: object) -> Iterator[dict[str, Tensor]]:
        torch.manual_seed(0)
        images = torch.randint(0, 256, (self._num_images, 8, 8, 3), dtype=torch.uint8)
        classes = torch.arange(self._num_images) % 4
        for start in range(0, self._num_images, batch_size):
            part = slice(start, start + batch_size)
            yield {"image_bhwc": images[part], "class_idx_b": classes[part]}


class FakeRun:
    """Stands for Ray Train: keeps what the only worker reports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.reported: list[dict[str, float]] = []
        self.checkpoint: ray.train.Checkpoint | None = None

    def report(self, metrics: dict[str, float], *, checkpoint: ray.train.Checkpoint) -> None:
        self.reported.append(metrics)
        kept = self._folder / f"epoch{len(self.reported)}"
        shutil.copytree(checkpoint.path, kept)
        self.checkpoint = ray.train.Checkpoint.from_directory(kept)

    def train(self, config: TrainConfig) -> list[float]:
        """Run the worker; return the epochs that were reported."""
        before = len(self.reported)
        train_worker(
            {
                "config": config.model_dump(),
                "num_train_images": 22,
                "torch_threads": 1,
                "initial_weights": None,
            }
        )
        return [metrics["epoch"] for metrics in self.reported[before:]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    made = FakeRun(tmp_path)
    context = SimpleNamespace(get_world_size=lambda: 1, get_world_rank=lambda: 0)
    monkeypatch.setattr(ray.train, "get_context", lambda: context)
    monkeypatch.setattr(ray.train, "get_dataset_shard", lambda name: FakeShard(22))
    monkeypatch.setattr(ray.train, "get_checkpoint", lambda: made.checkpoint)
    monkeypatch.setattr(ray.train, "report", made.report)
    monkeypatch.setattr(ray.train.torch, "get_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(ray.train.torch, "prepare_model", lambda model: model)
    monkeypatch.setattr(ray.train.collective, "broadcast_from_rank_zero", lambda value: value)
    return made


@pytest.mark.parametrize(
    ("max_epochs", "losses", "exhausted"),
    [
        (2, [1.0, 1.1, 1.0], [False, False, True]),  # as good is not better
        (2, [1.0, 1.1, 0.9, 1.0, 1.0], [False, False, False, False, True]),
        (1, [1.0, float("nan")], [False, True]),
        (1, [1.0, None, 0.9], [False, False, False]),
        (None, [1.0, 2.0, 3.0], [False, False, False]),
    ],
)
def test_patience_ends_after_epochs_without_a_better_loss(
    max_epochs: int | None, losses: list[float | None], exhausted: list[bool]
) -> None:
    patience = loop._Patience(max_epochs)
    assert [patience.is_exhausted(loss) for loss in losses] == exhausted


def test_a_worker_reports_every_epoch_with_its_figures(run: FakeRun) -> None:
    assert run.train(CONFIG) == [1, 2, 3]
    figures: dict[str, Any] = run.reported[-1]
    assert figures["train/num_steps"] == 3  # 8 + 8 + 6 of 22 images
    assert {"val/loss", "val/top1_accuracy", "val/macro_f1", "val/ece"} <= figures.keys()
    assert run.reported[-1]["train/loss"] < run.reported[0]["train/loss"]
    assert [record["step"] for record in figures["steps"]] == [7, 8, 9]


def test_a_run_that_was_broken_off_goes_on_with_the_next_epoch(run: FakeRun) -> None:
    assert run.train(CONFIG.model_copy(update={"epochs": 2})) == [1, 2]
    assert run.train(CONFIG) == [3]
    assert run.reported[2]["train/loss"] < run.reported[1]["train/loss"]


def test_patience_ends_a_run_early(run: FakeRun) -> None:
    config = CONFIG.model_copy(update={"epochs": 30, "patience_epochs": 2, "learning_rate": 1e-12})
    assert len(run.train(config)) < 30


def test_a_loss_that_is_no_number_ends_the_run_and_says_what_to_do(run: FakeRun) -> None:
    with pytest.raises(DivergedError, match=r"epoch 1; train with a lower learning_rate"):
        run.train(CONFIG.model_copy(update={"learning_rate": 1e30}))
    assert run.reported == []
