"""Which photographs a run trains on and judges by, with the trainer left out."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import ray.train.torch

from cluster.storage import Layout
from train_jobs import train as stage
from train_jobs.config import get_config
from train_jobs.epoch import TrainRow
from train_jobs.errors import TrainError
from train_jobs.manifest import Sample
from train_jobs.train import Trained, to_run_name, train

CONFIG = get_config("smoke")


class FakeTrainer:
    """Ends at once, with the checkpoints (path, validation loss) that it is given."""

    checkpoints: tuple[tuple[str, float], ...] = ()

    def __init__(self, *args: object, **options: object) -> None:
        pass

    def fit(self) -> SimpleNamespace:
        best = [(SimpleNamespace(path=p), {"val/loss": loss}) for p, loss in self.checkpoints]
        return SimpleNamespace(error=None, best_checkpoints=best)


def sample(number: int, split: str, source: str = "lab") -> Sample:
    return Sample(
        sha256=f"{number:064x}",
        path=f"photo{number}.jpg",
        class_name="apple__healthy",
        group_id=f"leaf{number}",
        split=split,
        source=source,
    )


SAMPLES = [
    sample(1, "train"),
    sample(2, "val"),
    sample(3, "test", "field"),
    sample(4, "train", "field"),
    sample(5, "test", "domain"),
]


class FakeStreams:
    """Keeps what the two streams were made of."""

    def __init__(self) -> None:
        self.train_hashes: set[str] = set()
        self.val_hashes: set[str] = set()

    def create_train(self, layout: Layout, rows: Sequence[TrainRow], augment: object) -> None:
        self.train_hashes = {row.sha256 for row in rows if row.class_name is not None}

    def create_eval(self, layout: Layout, samples: Sequence[Sample], *, size_px: int) -> None:
        self.val_hashes = {item.sha256 for item in samples}


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> FakeStreams:
    made = FakeStreams()
    monkeypatch.setattr(stage, "create_train_dataset", made.create_train)
    monkeypatch.setattr(stage, "create_eval_dataset", made.create_eval)
    monkeypatch.setattr(stage, "configure_ray_data", lambda: None)
    monkeypatch.setattr(ray.train.torch, "TorchTrainer", FakeTrainer)
    return made


def run_stage(tmp_path: Path) -> Trained:
    scenes = [tmp_path / "scene"]
    return train(Layout(home=tmp_path), CONFIG, SAMPLES, scenes, run_name="run")


def test_only_training_samples_are_trained_on_and_only_validation_samples_choose(
    streams: FakeStreams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeTrainer, "checkpoints", (("only", 1.0),))
    run_stage(tmp_path)
    assert streams.train_hashes == {SAMPLES[0].sha256, SAMPLES[3].sha256}
    assert streams.val_hashes == {SAMPLES[1].sha256}


@pytest.mark.usefixtures("streams")
def test_the_checkpoint_with_the_least_loss_is_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeTrainer, "checkpoints", (("a", 0.9), ("b", 0.2), ("c", 0.5)))
    assert run_stage(tmp_path) == Trained(checkpoint_dir=Path("b"), metrics={"val/loss": 0.2})


@pytest.mark.usefixtures("streams")
def test_a_run_without_a_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="the run run wrote no checkpoint"):
        run_stage(tmp_path)


def test_a_run_is_found_again_by_its_configuration_and_its_data() -> None:
    name = to_run_name(CONFIG, "ds-1")
    assert name == to_run_name(CONFIG.model_copy(), "ds-1")
    assert name != to_run_name(CONFIG, "ds-2")
    assert name != to_run_name(CONFIG.model_copy(update={"seed": 1}), "ds-1")
