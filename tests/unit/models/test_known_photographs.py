"""Which photographs an artifact says that it was trained and judged on."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from models.artifact import REPLAY_FILE
from models.feature_bank import SHA256, SPLIT, to_hash_array
from models.known_photographs import (
    TRAINED_ON,
    KnownPhotographs,
    load_known_photographs,
    to_short_hash,
)


def test_what_an_artifact_was_trained_and_judged_on_is_read_back(tmp_path: Path) -> None:
    hashes = ["0" * 64, "f" * 64, "12" * 32]
    seen = [to_short_hash(sha256) for sha256 in hashes]
    arrays: dict[str, NDArray[Any]] = {
        TRAINED_ON: np.array(seen, dtype=np.uint64),
        SHA256: to_hash_array(hashes),
        SPLIT: np.array([0, 1, 2], dtype=np.uint8),
    }
    save_file(arrays, tmp_path / REPLAY_FILE)
    known = load_known_photographs(tmp_path)
    assert known.trained_on == frozenset(seen)
    assert known.held_out == {"f" * 64, "12" * 32}


def test_an_older_artifact_says_nothing(tmp_path: Path) -> None:
    assert load_known_photographs(tmp_path) == KnownPhotographs()
    save_file({"features": np.zeros((2, 3), np.float16)}, tmp_path / REPLAY_FILE)
    assert load_known_photographs(tmp_path) == KnownPhotographs()


def test_the_champion_names_the_photographs_that_it_is_judged_by(champion_dir: Path) -> None:
    known = load_known_photographs(champion_dir)
    # Validation, and those from outside: fields and another domain.
    assert len(known.held_out) == 986 + 84 + 45
    assert len(known.trained_on) == 6692
