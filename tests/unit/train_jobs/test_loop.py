"""The training loop: targets, batches, one step, and a worker's epochs without Ray around it."""

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
from torch import Tensor, nn

from train_jobs import loop
from train_jobs.config import TrainConfig, get_config
from train_jobs.loop import (
    DivergedError,
    Learner,
    to_network_input,
    to_targets,
    train_worker,
)

CONFIG = get_config("smoke").model_copy(
    update={"pretrained": False, "epochs": 3, "batch_size": 8, "micro_batch_size": 4}
)


class TinyNet(nn.Module):
    """A network with the outputs of ours, and no batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 38)

    def forward(self, images_bchw: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.conv(images_bchw)
        return self.head(maps.mean(dim=(2, 3))), maps


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


@pytest.fixture(autouse=True)
def tiny_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "create_model", lambda *args, **options: TinyNet())


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


def create_learner(*, num_train_images: int = 100, num_workers: int = 1, **changes: Any) -> Learner:
    return Learner.create(
        CONFIG.model_copy(update=changes),
        num_train_images=num_train_images,
        num_workers=num_workers,
        prepare_model=lambda model: model,
    )


def draw_batch(class_idx: list[int]) -> dict[str, Tensor]:
    torch.manual_seed(0)
    images = torch.randint(0, 256, (len(class_idx), 8, 8, 3), dtype=torch.uint8)
    return {"image_bhwc": images, "class_idx_b": torch.tensor(class_idx)}


def test_pixels_become_minus_one_to_one_with_channels_last_in_memory() -> None:
    images = torch.tensor([0, 255], dtype=torch.uint8).repeat(2, 5, 3, 1).repeat(1, 1, 1, 2)
    scaled = to_network_input(images[..., :3])
    assert scaled.shape == (2, 3, 5, 3)
    assert scaled.dtype == torch.float32
    assert (scaled[:, 0] == -1).all()
    assert (scaled[:, 1] == 1).all()
    assert scaled.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_a_stranger_is_every_class_alike(label_smoothing: float) -> None:
    targets = to_targets(torch.tensor([2, -1]), 4, label_smoothing=label_smoothing)
    low = label_smoothing / 4
    assert targets[0].tolist() == pytest.approx([low, low, 1 - label_smoothing + low, low])
    assert targets[1].tolist() == [0.25] * 4


@pytest.mark.parametrize(
    ("batch_size", "micro_batch_size", "num_workers", "expected"),
    [
        (32, None, 1, (32, 1, 4)),
        (32, None, 2, (16, 1, 4)),
        (32, 8, 1, (8, 4, 4)),
        (32, 64, 1, (32, 1, 4)),
        (10, 4, 1, (4, 3, 9)),  # whole micro-batches: 12 images a step rather than 8
        (2, None, 4, (1, 1, 25)),
    ],
)
def test_a_worker_cuts_its_share_into_steps(
    batch_size: int,
    micro_batch_size: int | None,
    num_workers: int,
    expected: tuple[int, int, int],
) -> None:
    plan = create_learner(
        num_workers=num_workers, batch_size=batch_size, micro_batch_size=micro_batch_size
    ).plan
    assert (plan.micro_batch_size, plan.micro_batches_per_step, plan.steps_per_epoch) == expected


def test_micro_batches_make_the_step_of_the_whole_batch() -> None:
    whole = draw_batch([0, 1, 2, -1, 3])
    parts = [{key: value[part] for key, value in whole.items()} for part in (slice(3), slice(3, 5))]
    weights, losses = [], []
    for step in ([whole], parts):
        torch.manual_seed(1)
        model = TinyNet()
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        losses.append(loop._train_step(model, step, optimizer, CONFIG))
        weights.append(model.head.weight.detach())
    assert losses[0] == pytest.approx(losses[1])
    torch.testing.assert_close(weights[0], weights[1])


def test_weights_decay_and_biases_do_not() -> None:
    decayed, plain = create_learner().optimizer.param_groups
    assert [parameter.shape for parameter in decayed["params"]] == [(4, 3, 3, 3), (38, 4)]
    assert [parameter.shape for parameter in plain["params"]] == [(4,), (38,)]
    assert (decayed["weight_decay"], plain["weight_decay"]) == (CONFIG.weight_decay, 0)


def test_the_learning_rate_rises_and_then_falls_to_a_hundredth() -> None:
    learner = create_learner(num_train_images=40, epochs=4, warmup_fraction=0.2, learning_rate=1.0)
    rates = []
    for _ in range(21):  # 5 steps in each of 4 epochs
        rates.append(learner.scheduler.get_last_lr()[0])
        learner.optimizer.step()
        learner.scheduler.step()
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] == 0.01


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
