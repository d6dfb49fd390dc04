"""Near duplicates in a data set; `models.near_duplicates` says how they are told."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.near_duplicates import NUM_HASH_BYTES, Hashes, hash_picture, unpack_hashes
from train_jobs.manifest import Sample

_DECODED_SIDE_PX = 64
_MAX_HASHED_PIXELS = 40_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_NUM_THREADS = 4


def hash_images(paths: Sequence[Path]) -> tuple[Hashes, NDArray[np.bool_]]:
    """Hash photographs: hashes (images, 4 words of 64 bits), and which of them have one.

    None has a file that cannot be read, nor a picture without detail.
    """
    with ThreadPoolExecutor(_NUM_THREADS) as pool:
        found = list(pool.map(_hash_image, paths))
    hashes = unpack_hashes(b"".join(item or bytes(NUM_HASH_BYTES) for item in found))
    return hashes, np.array([item is not None for item in found], dtype=bool)


def join_near_duplicates(
    samples: Sequence[Sample], pairs: Sequence[tuple[int, int]]
) -> tuple[list[Sample], list[tuple[Sample, Sample]]]:
    """Join the leaf groups of near duplicates; a pair with two labels is only reported.

    Returns:
        The samples with joined groups, and the pairs whose labels disagree.
    """
    parent: dict[str, str] = {}

    def find(group: str) -> str:
        while (above := parent.get(group, group)) != group:
            group = above
        return group

    conflicts: list[tuple[Sample, Sample]] = []
    for first, second in pairs:
        one, other = samples[first], samples[second]
        if one.class_name != other.class_name:
            conflicts.append((one, other))
        kept, joined = sorted((find(one.group_id), find(other.group_id)))
        parent[joined] = kept
    return [replace(sample, group_id=find(sample.group_id)) for sample in samples], conflicts


def _hash_image(path: Path) -> bytes | None:
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > _MAX_HASHED_PIXELS:
                return None
            image.draft("L", (_DECODED_SIDE_PX, _DECODED_SIDE_PX))  # an eighth of the decoding
            return hash_picture(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return None  # `validate` refuses it with the reason
