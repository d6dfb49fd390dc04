"""What an artifact remembers of its training photographs."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models.artifact import REPLAY_FILE, ArtifactError
from models.feature_bank import load_feature_bank, to_hash_array

HASHES = [f"{number:064x}" for number in range(3)]


def write_replay(folder: Path) -> None:
    save_file(
        {
            "features": np.array([[1, 0], [0, 2], [3, 3]], np.float16),
            "class_idx": np.array([4, 5, 6], np.int16),
            "split": np.array([0, 0, 1], np.uint8),
            "sha256": to_hash_array(HASHES),
        },
        folder / REPLAY_FILE,
    )


def test_the_nearest_training_photograph_is_named_with_its_class(tmp_path: Path) -> None:
    write_replay(tmp_path)
    bank = load_feature_bank(tmp_path)
    assert bank is not None
    nearest, other = bank.find_nearest(np.array([0.1, 1.0]), count=5)
    assert (nearest.class_idx, nearest.sha256) == (5, HASHES[1])
    assert (other.class_idx, other.sha256) == (4, HASHES[0])
    assert nearest.similarity == pytest.approx(0.995, abs=1e-3)


def test_validation_photographs_are_not_among_them(tmp_path: Path) -> None:
    write_replay(tmp_path)
    bank = load_feature_bank(tmp_path)
    assert bank is not None
    assert bank.class_idx_n.tolist() == [4, 5]


def test_an_artifact_without_features_has_no_bank(tmp_path: Path) -> None:
    assert load_feature_bank(tmp_path) is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / REPLAY_FILE).write_bytes(b"not a tensor file")
    with pytest.raises(ArtifactError, match=f"{REPLAY_FILE} cannot be read"):
        load_feature_bank(tmp_path)
