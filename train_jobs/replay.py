"""Replay features: what an artifact carries of its photographs, so that it can be retrained."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file as save_arrays

from models.artifact import REPLAY_FILE
from models.evaluation import Inferred
from models.feature_bank import (
    CLASS_IDX,
    FEATURES,
    SHA256,
    SPLIT,
    TRAIN_CODE,
    to_hash_array,
)
from models.known_photographs import TRAINED_ON, to_short_hash
from models.labels import CLASS_NAMES
from train_jobs.manifest import Sample

_SPLIT_CODES = {"train": TRAIN_CODE, "val": 1, "test": 2}
_SOURCE_CODES = {"lab": 0, "field": 1, "upload": 2, "domain": 3}
_CLASS_IDX = {class_name: index for index, class_name in enumerate(CLASS_NAMES)}


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
) -> None:
    """Write `replay.safetensors` into an artifact: features, classes and hashes, no images.

    `samples`: of the whole dataset version. `parts`: samples with what the network made of them.
    """
    seen = sorted(to_short_hash(sample.sha256) for sample in samples if sample.split == "train")
    kept = [samples[index] for samples, inferred in parts for index in inferred.kept]
    features_bf = np.concatenate([inferred.features_bf for _, inferred in parts])
    save_arrays(
        {
            FEATURES: features_bf.astype(np.float16),
            CLASS_IDX: to_class_idx(kept).astype(np.int16),
            SHA256: to_hash_array([sample.sha256 for sample in kept]),
            SPLIT: np.asarray([_SPLIT_CODES[s.split] for s in kept], dtype=np.uint8),
            TRAINED_ON: np.asarray(seen, dtype=np.uint64),
            "source": np.asarray([_SOURCE_CODES[s.source] for s in kept], dtype=np.uint8),
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
