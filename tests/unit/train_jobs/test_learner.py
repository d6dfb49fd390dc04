"""What a step does: targets, batches, gradients, the learning rate, and what a checkpoint keeps."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from train_jobs.checkpoint import has_checkpoint, load_checkpoint, save_checkpoint
from train_jobs.config import get_config
from train_jobs.learner import Learner, to_network_input, to_targets
from train_jobs.mixing import Mixer

pytestmark = pytest.mark.usefixtures("tiny_net")

CONFIG = get_config("smoke").model_copy(
    update={"pretrained": False, "epochs": 3, "batch_size": 8, "micro_batch_size": 4}
)


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
        learner = create_learner()
        losses.append(learner.train_step(step))
        weights.append(learner.bare_model.state_dict()["head.weight"].clone())
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


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_mixed_images_have_mixed_targets(kind: str) -> None:
    shares = {"mixup_probability": 0.0, "cutmix_probability": 0.0, f"{kind}_probability": 1.0}
    mixer = Mixer(**shares, num_classes=2)
    images = torch.stack([torch.zeros(3, 16, 16), torch.ones(3, 16, 16)])
    for seed in range(5):
        torch.manual_seed(seed)
        mixed, targets = mixer(images, torch.eye(2))
        torch.testing.assert_close(mixed[0].mean(), targets[0, 1])
        torch.testing.assert_close(mixed[1].mean(), targets[1, 1])


def test_without_mixing_a_batch_stays_as_it_is() -> None:
    mixer = Mixer(mixup_probability=0, cutmix_probability=0, num_classes=2)
    images, targets = torch.rand(2, 3, 4, 4), torch.eye(2)
    mixed = mixer(images, targets)
    assert mixed[0] is images
    assert mixed[1] is targets


def test_a_checkpoint_gives_the_next_step_back(tmp_path: Path) -> None:
    learner, other = create_learner(), create_learner()
    learner.train_step([draw_batch([0, 1, 2])])
    learner.scheduler.step()
    learner.ema.update_parameters(learner.bare_model)
    save_checkpoint(learner, tmp_path, epoch=4)

    assert load_checkpoint(other, tmp_path) == 5
    for made in (learner, other):
        made.train_step([draw_batch([3, 1])])
    torch.testing.assert_close(other.bare_model.state_dict(), learner.bare_model.state_dict())
    torch.testing.assert_close(other.ema.state_dict(), learner.ema.state_dict())
    assert other.scheduler.get_last_lr() == learner.scheduler.get_last_lr()


def test_a_checkpoint_that_was_cut_short_does_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint_0"
    folder.mkdir()
    save_checkpoint(create_learner(), folder, epoch=0)
    assert has_checkpoint(tmp_path)
    (folder / "state.pt").unlink()
    assert not has_checkpoint(tmp_path)
