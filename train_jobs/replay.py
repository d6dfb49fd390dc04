"""Replay features: what an artifact carries of its photographs, so that it can be retrained."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from safetensors.numpy import save_file as save_arrays

from models.artifact import REPLAY_FILE, ArtifactError
from models.evaluation import Inferred
from models.feature_bank import (
    CLASS_IDX,
    FEATURES,
    SHA256,
    SPLIT,
    TRAIN_CODE,
    VAL_CODE,
    FeatureBank,
    to_hash_array,
)
from models.known_photographs import HELD_OUT_PICTURES, TRAINED_ON, to_short_hash
from models.labels import CLASS_NAMES
from models.near_duplicates import NUM_HASH_BYTES
from train_jobs.manifest import Sample
from train_jobs.near_duplicates import hash_images

_SOURCE = "source"
_SPLIT_CODES = {"train": TRAIN_CODE, "val": VAL_CODE, "test": 2}
_SOURCE_CODES = {"lab": 0, "field": 1, "upload": 2, "domain": 3}
_CLASS_IDX = {class_name: index for index, class_name in enumerate(CLASS_NAMES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Features of photographs (photographs, channels) with what is known of each."""

    features_nf: NDArray[np.float16]
    class_idx_n: NDArray[np.int16]
    sha256_n: NDArray[np.uint8]
    """(photographs, 32)."""
    split_n: NDArray[np.uint8]
    source_n: NDArray[np.uint8]
    trained_on: NDArray[np.uint64]
    """The first 64 bits of the hash of every photograph that was ever trained on."""
    held_out_pictures: NDArray[np.uint8]
    """What the photographs look like that are judged by (photographs, 32)."""

    def select(self, split: str) -> NDArray[np.bool_]:
        """Return which photographs belong to a split."""
        return np.asarray(self.split_n == _SPLIT_CODES[split])

    def select_source(self, source: str) -> NDArray[np.bool_]:
        """Return which photographs come from a source."""
        return np.asarray(self.source_n == _SOURCE_CODES[source])

    def list_sources(self) -> tuple[str, ...]:
        """Return the sources that there are, by name."""
        return tuple(name for name, code in _SOURCE_CODES.items() if (self.source_n == code).any())

    def list_hashes(self) -> tuple[str, ...]:
        """Return the photographs' SHA-256s, in hexadecimal."""
        return tuple(row.tobytes().hex() for row in self.sha256_n)

    def to_bank(self) -> FeatureBank:
        """Return what the unknown score compares with: the training part."""
        is_train_n = self.select("train")
        return FeatureBank(
            features_nf=self.features_nf[is_train_n].astype(np.float32),
            class_idx_n=self.class_idx_n[is_train_n].astype(np.int64),
        )


def choose_replayed(samples: Sequence[Sample], images_per_class: int) -> list[Sample]:
    """Take up to so many training samples of each class and source, by hash: in any order the same.

    Each source has its own places: the few photographs from outside are what tells the unknown
    score how such photographs look.
    """
    chosen: list[Sample] = []
    taken: Counter[tuple[str, str]] = Counter()
    for sample in sorted(samples, key=lambda item: item.sha256):
        place = (sample.class_name, sample.source)
        if sample.split == "train" and taken[place] < images_per_class:
            taken[place] += 1
            chosen.append(sample)
    return chosen


def write_replay(
    draft: Path,
    samples: Sequence[Sample],
    parts: Sequence[tuple[Sequence[Sample], Inferred]],
    *,
    held_out_paths: Sequence[Path],
) -> None:
    """Write `replay.safetensors` into an artifact: features, classes and hashes, no images.

    `samples`: of the whole dataset version. `parts`: samples with what the network made of them.
    `held_out_paths`: photographs that are judged by; none may learn from a copy of one.
    """
    seen = sorted(to_short_hash(sample.sha256) for sample in samples if sample.split == "train")
    kept = [samples[index] for samples, inferred in parts for index in inferred.kept]
    features_bf = np.concatenate([inferred.features_bf for _, inferred in parts])
    replay = to_replay(kept, features_bf, trained_on=seen)
    save_replay(draft, replace(replay, held_out_pictures=hash_held_out(held_out_paths)))


def hash_held_out(paths: Sequence[Path]) -> NDArray[np.uint8]:
    """Return what photographs look like (photographs, 32), without those that have no detail."""
    hashes, is_hashed = hash_images(paths)
    return hashes[is_hashed].view(np.uint8)


def to_replay(
    samples: Sequence[Sample], features_bf: NDArray[np.floating], *, trained_on: Sequence[int]
) -> Replay:
    """Return samples and their features as replay features."""
    return Replay(
        features_nf=features_bf.astype(np.float16),
        class_idx_n=to_class_idx(samples).astype(np.int16),
        sha256_n=to_hash_array([sample.sha256 for sample in samples]),
        split_n=np.asarray([_SPLIT_CODES[s.split] for s in samples], dtype=np.uint8),
        source_n=np.asarray([_SOURCE_CODES[s.source] for s in samples], dtype=np.uint8),
        trained_on=np.asarray(trained_on, dtype=np.uint64),
        held_out_pictures=np.zeros((0, NUM_HASH_BYTES), np.uint8),
    )


def extend_replay(replay: Replay, more: Replay) -> Replay:
    """Return both in a row; what was trained on, or is judged by, is what either names."""
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(replay, name), getattr(more, name)])
        for name in (
            "features_nf",
            "class_idx_n",
            "sha256_n",
            "split_n",
            "source_n",
            "held_out_pictures",
        )
    }
    return Replay(**columns, trained_on=np.union1d(replay.trained_on, more.trained_on))


def load_replay(artifact_dir: Path) -> Replay:
    """Read an artifact's replay features.

    Raises:
        ArtifactError: it has none, or they cannot be read.
    """
    path = artifact_dir / REPLAY_FILE
    try:
        arrays = load_file(path)
        return Replay(
            features_nf=arrays[FEATURES],
            class_idx_n=arrays[CLASS_IDX],
            sha256_n=arrays[SHA256],
            split_n=arrays[SPLIT],
            source_n=arrays[_SOURCE],
            trained_on=arrays[TRAINED_ON],
            held_out_pictures=arrays.get(
                HELD_OUT_PICTURES, np.zeros((0, NUM_HASH_BYTES), np.uint8)
            ),
        )
    except (SafetensorError, KeyError, OSError) as error:
        raise ArtifactError(
            f"{path} holds no replay features to retrain from ({str(error)[:120]}); restore the "
            "artifact, or package the model again"
        ) from None


def save_replay(draft: Path, replay: Replay) -> None:
    """Write replay features into an artifact that is being made."""
    save_arrays(
        {
            FEATURES: replay.features_nf,
            CLASS_IDX: replay.class_idx_n,
            SHA256: replay.sha256_n,
            SPLIT: replay.split_n,
            TRAINED_ON: np.sort(replay.trained_on),
            HELD_OUT_PICTURES: replay.held_out_pictures,
            _SOURCE: replay.source_n,
        },
        draft / REPLAY_FILE,
        metadata={
            "class_names": json.dumps(CLASS_NAMES),
            "splits": json.dumps(_SPLIT_CODES),
            "sources": json.dumps(_SOURCE_CODES),
        },
    )


def to_class_idx(samples: Sequence[Sample]) -> NDArray[np.int64]:
    """Return the index of each sample's class."""
    return np.asarray([_CLASS_IDX[sample.class_name] for sample in samples], dtype=np.int64)
