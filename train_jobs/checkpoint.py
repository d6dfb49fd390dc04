"""A run's state on disk: the averaged weights, which are the model, and what training needs more.

A checkpoint whose state file is missing was cut short, and does not count.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from train_jobs.learner import Learner

MODEL_FILE = "model.safetensors"
_STATE_FILE = "state.pt"


def save_checkpoint(learner: Learner, folder: Path, *, epoch: int) -> None:
    """Write the state after `epoch` (counted from 0) into an existing folder.

    Raises:
        OSError: it cannot be written; the disk is full, for one.
    """
    save_file(_to_contiguous(learner.ema.module.state_dict()), folder / MODEL_FILE)
    state = {
        "model": learner.bare_model.state_dict(),
        "ema_n_averaged": learner.ema.n_averaged,
        "optimizer": learner.optimizer.state_dict(),
        "scheduler": learner.scheduler.state_dict(),
        "epoch": epoch,
    }
    torch.save(state, folder / _STATE_FILE)


def load_checkpoint(learner: Learner, folder: Path) -> int:
    """Put a learner into the state of a checkpoint; return the epoch to go on with."""
    # Written by this run into its own folder: not a file from outside.
    state = torch.load(  # noqa: TID251
        folder / _STATE_FILE, map_location="cpu", weights_only=True
    )
    learner.ema.module.load_state_dict(load_file(folder / MODEL_FILE))
    learner.ema.n_averaged.copy_(state["ema_n_averaged"])
    learner.bare_model.load_state_dict(state["model"])
    learner.optimizer.load_state_dict(state["optimizer"])
    learner.scheduler.load_state_dict(state["scheduler"])
    return int(state["epoch"]) + 1


def has_checkpoint(run_dir: Path) -> bool:
    """Tell whether a run has a whole checkpoint to go on from."""
    return any(run_dir.glob(f"checkpoint_*/{_STATE_FILE}"))


def _to_contiguous(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
