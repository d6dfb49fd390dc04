"""What goes wrong in a training run, with a real Ray Train: it recovers, or says what to do."""

import contextlib
import threading
import time
from pathlib import Path

import psutil
import pytest
import torch

from cluster.storage import Layout
from models.leaf_drawing import draw_leaf, encode_jpeg
from train_jobs.config import TrainConfig
from train_jobs.dataset import load_samples
from train_jobs.errors import TrainError
from train_jobs.prepare import prepare
from train_jobs.train import train

CLASSES = ("Apple___healthy", "Grape___healthy")
CONFIG = TrainConfig(
    name="faults",
    pretrained=False,
    epochs=3,
    train_size_px=32,
    serve_size_px=32,
    batch_size=8,
    learning_rate=1e-3,
    min_images_per_class=12,
    ema_decay=0.5,
)
WAIT_S = 240

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("ray_cluster"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(home=tmp_path / "home")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    for class_idx, name in enumerate(CLASSES):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(8):
            image = draw_leaf(100 * class_idx + number, size_px=64, class_idx=class_idx)
            (folder / f"leaf{number}.jpg").write_bytes(encode_jpeg(image))
    return tmp_path / "photos"


def read_num_steps(checkpoint_dir: Path) -> int:
    state = torch.load(checkpoint_dir / "state.pt", weights_only=True)  # noqa: TID251  (our own)
    return int(state["scheduler"]["last_epoch"])


def kill_worker_after_first_checkpoint(layout: Layout, killed: list[int]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while time.monotonic() < deadline_s:
        if list(layout.runs_dir.glob("*/checkpoint_*/state.pt")):
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "RayTrainWorker" in " ".join(process.cmdline()):
                        process.kill()
                        killed.append(process.pid)
            if killed:
                return
        time.sleep(0.05)


def test_a_killed_worker_costs_no_step(layout: Layout, data_dir: Path) -> None:
    prepared = prepare(layout, data_dir)
    samples = load_samples(layout, prepared.dataset_version)
    killed: list[int] = []
    killer = threading.Thread(target=kill_worker_after_first_checkpoint, args=(layout, killed))
    killer.start()
    trained = train(layout, CONFIG, samples, [], run_name="killed")
    killer.join(WAIT_S)

    assert killed, "no worker was found to kill"
    checkpoints = sorted(layout.run_dir("killed").glob("checkpoint_*/"))
    steps_per_epoch = 24 // CONFIG.batch_size  # two classes, each shown twelve times
    assert read_num_steps(checkpoints[-1]) == CONFIG.epochs * steps_per_epoch
    assert trained.checkpoint_dir.is_dir()


def test_a_damaged_stored_photograph_is_named_and_replaced_by_the_next_run(
    layout: Layout, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each attempt starts all processes again, and ends in the same way.
    monkeypatch.setattr("train_jobs.train._MAX_FAILURES", 0)
    prepared = prepare(layout, data_dir)
    samples = load_samples(layout, prepared.dataset_version)
    config = CONFIG.model_copy(update={"epochs": 1})
    stored = layout.image_path(next(item.sha256 for item in samples if item.split == "train"))
    stored.write_bytes(stored.read_bytes()[:200])
    with pytest.raises(TrainError, match=rf"{stored.name} is damaged.*remove that file"):
        train(layout, config, samples, [], run_name="damaged")

    stored.unlink()
    assert prepare(layout, data_dir).dataset_version == prepared.dataset_version
    assert train(layout, config, samples, [], run_name="damaged").metrics["epoch"] == 1
