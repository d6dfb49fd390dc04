"""Near duplicates: two files that show the same photograph, re-encoded, scaled or touched up.

The difference hash of imagehash at 16 x 16 cells: 256 bits that say where the picture gets
brighter from left to right. On the 7,807 photographs of the project no two different leaves of a
class lie closer than 40 bits, while re-encoded copies lie within 22.

A picture without detail (a plain sheet, a lens cap) sets no bits, or all: any two of them would be
"the same". It gets no hash; the 8,442 photographs of the project have 39 bits at least of either
kind.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from train_jobs.manifest import Sample

MAX_DISTANCE_BITS = 24
_MIN_DETAIL_BITS = 24
_HASH_SIDE = 16
_DECODED_SIDE_PX = 64
_MAX_HASHED_PIXELS = 40_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_ROWS_PER_BLOCK = 128
_NUM_THREADS = 4

Hashes = NDArray[np.uint64]


def hash_images(paths: Sequence[Path]) -> tuple[Hashes, list[bool]]:
    """Hash photographs: hashes (images, 4 words of 64 bits), and which of them have one.

    None has a file that cannot be read, nor a picture without detail.
    """
    with ThreadPoolExecutor(_NUM_THREADS) as pool:
        found = list(pool.map(_hash_image, paths))
    packed = np.zeros((len(found), _HASH_SIDE * _HASH_SIDE // 8), np.uint8)
    for row, item in enumerate(found):
        if item is not None:
            packed[row] = item
    return packed.view(np.uint64), [item is not None for item in found]


def find_near_duplicates(hashes: Hashes, is_hashed: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of images (first < second) that differ in at most `MAX_DISTANCE_BITS`."""
    rows = np.flatnonzero(np.asarray(is_hashed, dtype=bool))
    known = hashes[rows]
    for start in range(0, len(known), _ROWS_PER_BLOCK):
        block = known[start : start + _ROWS_PER_BLOCK]
        distances = np.zeros((len(block), len(known) - start), np.uint16)
        for word in range(known.shape[1]):
            distances += np.bitwise_count(block[:, None, word] ^ known[None, start:, word])
        for first, second in zip(*np.nonzero(distances <= MAX_DISTANCE_BITS), strict=True):
            if second > first:
                yield int(rows[start + first]), int(rows[start + second])


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


def _hash_image(path: Path) -> NDArray[np.uint8] | None:
    import imagehash

    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > _MAX_HASHED_PIXELS:
                return None
            image.draft("L", (_DECODED_SIDE_PX, _DECODED_SIDE_PX))  # an eighth of the decoding
            bits = imagehash.dhash(image, hash_size=_HASH_SIDE).hash
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return None  # `validate` refuses it with the reason
    has_detail = _MIN_DETAIL_BITS <= bits.sum() <= bits.size - _MIN_DETAIL_BITS
    return np.packbits(bits) if has_detail else None
