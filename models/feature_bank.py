"""The training photographs that an artifact remembers, by their features: who is near to whom."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.artifact import REPLAY_FILE, ArtifactError

FEATURES = "features"
CLASS_IDX = "class_idx"
SPLIT = "split"
SHA256 = "sha256"
TRAIN_CODE = 0
VAL_CODE = 1
_HASH_BYTES = 32
_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A training photograph near to the asked one; `sha256` names it in the dataset store."""

    class_idx: int
    similarity: float
    """Cosine of the two features, 1 for the same photograph."""
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class FeatureBank:
    """Pooled last-layer features of training photographs (photographs, channels)."""

    features_nf: NDArray[np.float32]
    class_idx_n: NDArray[np.int64]
    sha256_n: tuple[str, ...] | None = None

    @cached_property
    def directions_nf(self) -> NDArray[np.float32]:
        """The features at length 1."""
        return to_directions(self.features_nf)

    def similarities(self, features_bf: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the cosine of each feature with each remembered one (batch, photographs)."""
        return np.asarray(to_directions(features_bf) @ self.directions_nf.T)

    def find_nearest(
        self, features_f: NDArray[np.floating], *, count: int
    ) -> tuple[Neighbour, ...]:
        """Return the nearest photographs, the nearest first."""
        similarities_n = self.similarities(features_f[None])[0]
        order = np.argsort(-similarities_n, kind="stable")[:count]
        return tuple(
            Neighbour(
                class_idx=int(self.class_idx_n[index]),
                similarity=float(similarities_n[index]),
                sha256=self.sha256_n[index] if self.sha256_n else None,
            )
            for index in order
        )


def load_feature_bank(artifact_dir: Path) -> FeatureBank | None:
    """Read the training part of an artifact's replay features; None for one without.

    Raises:
        ArtifactError: the file cannot be read.
    """
    path = artifact_dir / REPLAY_FILE
    if not path.exists():
        return None
    try:
        arrays = load_file(path)
        is_train_n = arrays[SPLIT] == TRAIN_CODE
        hashes = arrays.get(SHA256)
        return FeatureBank(
            features_nf=arrays[FEATURES][is_train_n].astype(np.float32),
            class_idx_n=arrays[CLASS_IDX][is_train_n].astype(np.int64),
            sha256_n=None if hashes is None else _to_names(hashes[is_train_n]),
        )
    except (SafetensorError, KeyError, OSError, IndexError) as error:
        raise ArtifactError(
            f"{path} cannot be read ({str(error)[:120]}); restore the artifact"
        ) from None


def to_directions(features_bf: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return features at length 1."""
    lengths_b = np.linalg.norm(features_bf, axis=1, keepdims=True)
    return np.asarray(features_bf / np.maximum(lengths_b, _TINY), dtype=np.float32)


def to_hash_array(hashes: list[str]) -> NDArray[np.uint8]:
    """Return hexadecimal SHA-256s as bytes (photographs, 32)."""
    joined = b"".join(bytes.fromhex(sha256) for sha256 in hashes)
    return np.frombuffer(joined, np.uint8).reshape(-1, _HASH_BYTES)


def _to_names(hashes: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(row.tobytes().hex() for row in hashes)
