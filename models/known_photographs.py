"""Which photographs an artifact knows, by their hashes: what it was trained and judged on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from models.artifact import REPLAY_FILE
from models.feature_bank import SHA256, SPLIT, TRAIN_CODE

TRAINED_ON = "trained_on"
HELD_OUT_PICTURES = "held_out_pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPhotographs:
    """Hashes of photographs; an artifact that does not say knows none."""

    held_out: frozenset[str] = frozenset()
    """Judged by: validation and test."""
    held_out_pictures: bytes = b""
    """What they look like, for copies of them: see `models.near_duplicates.unpack_hashes`."""
    trained_on: frozenset[int] = frozenset()
    """Short hashes, see `to_short_hash`."""


def load_known_photographs(artifact_dir: Path) -> KnownPhotographs:
    """Read what an artifact says of its photographs."""
    path = artifact_dir / REPLAY_FILE
    if not path.exists():
        return KnownPhotographs()
    arrays = load_file(path)
    trained_on = frozenset(arrays.get(TRAINED_ON, np.zeros(0, np.uint64)).tolist())
    held_out: frozenset[str] = frozenset()
    if SHA256 in arrays:
        hashes = arrays[SHA256][arrays[SPLIT] != TRAIN_CODE]
        held_out = frozenset(row.tobytes().hex() for row in hashes)
    pictures = arrays.get(HELD_OUT_PICTURES, np.zeros(0, np.uint8)).tobytes()
    return KnownPhotographs(held_out=held_out, held_out_pictures=pictures, trained_on=trained_on)


def to_short_hash(sha256: str) -> int:
    """Return the first 64 bits of a hash: enough to tell a few million photographs apart."""
    return int(sha256[:16], 16)
