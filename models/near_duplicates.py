"""Near duplicates: two files that show the same photograph, re-encoded, scaled or touched up.

A difference hash of 16 x 16 cells: 256 bits that say where the picture gets brighter from left to
right. On the 7,807 photographs of the project no two different leaves of a class lie closer than 40
bits, while re-encoded copies lie within 22.

A picture without detail (a plain sheet, a lens cap) sets no bits, or all: any two of them would be
"the same". It gets no hash; the 8,442 photographs of the project have 39 bits at least of either
kind.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAX_DISTANCE_BITS = 24
NUM_HASH_BYTES = 32
_MIN_DETAIL_BITS = 24
_HASH_SIDE = 16
_ROWS_PER_BLOCK = 128

Hashes = NDArray[np.uint64]


def hash_picture(image: Image.Image) -> bytes | None:
    """Return the 32 bytes of a picture's hash; None for one without detail."""
    grey = image.convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.LANCZOS)
    levels_hw = np.asarray(grey)
    bits = levels_hw[:, 1:] > levels_hw[:, :-1]
    has_detail = _MIN_DETAIL_BITS <= bits.sum() <= bits.size - _MIN_DETAIL_BITS
    return np.packbits(bits).tobytes() if has_detail else None


def unpack_hashes(packed: bytes) -> Hashes:
    """Return hashes that stand one after the other as (images, 4 words of 64 bits)."""
    return np.frombuffer(packed, np.uint64).reshape(-1, NUM_HASH_BYTES // 8)


def is_near_one(picture: bytes, others: Hashes) -> bool:
    """Tell whether a picture's hash differs from one of others in at most `MAX_DISTANCE_BITS`."""
    distances = np.bitwise_count(others ^ unpack_hashes(picture)).sum(axis=1, dtype=np.uint16)
    return bool((distances <= MAX_DISTANCE_BITS).any())


def find_near_duplicates(
    hashes: Hashes, is_hashed: NDArray[np.bool_], *, first_new: int = 0
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of images (first < second) that differ in at most `MAX_DISTANCE_BITS`.

    Args:
        hashes: (images, 4 words of 64 bits).
        is_hashed: (images); the others are in no pair.
        first_new: only pairs whose second image has this index or a later one.
    """
    rows = np.flatnonzero(is_hashed)
    known = hashes[rows]
    for start in range(int(np.searchsorted(rows, first_new)), len(known), _ROWS_PER_BLOCK):
        block = known[start : start + _ROWS_PER_BLOCK]
        others = known[: start + len(block)]
        distances = np.zeros((len(block), len(others)), np.uint16)
        for word in range(known.shape[1]):
            distances += np.bitwise_count(block[:, None, word] ^ others[None, :, word])
        for second, first in zip(*np.nonzero(distances <= MAX_DISTANCE_BITS), strict=True):
            if first < start + second:
                yield int(rows[first]), int(rows[start + second])
