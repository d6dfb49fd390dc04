"""Other backgrounds for laboratory leaves, and laboratory backgrounds without their leaf.

Eight pixels of the background alone tell PlantVillage's label in 49 of 100 photographs (Noyan
2022): a network that may look there learns the table, not the leaf.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from train_jobs.leaf_mask import Mask

Pixels = NDArray[np.uint8]

_PLAIN_SHARE = 0.35
_BLURRED_SHARE = 0.3
_MIN_LEAF_LENGTH = 0.55
_MAX_LEAF_LENGTH = 1.15
_EDGE_BLUR_PX = 1.0
_LEAF_MARGIN_PX = 9
_SMOOTHING_PX = 6.0


def draw_background(
    rng: np.random.Generator, scene: Pixels | None, size_px: tuple[int, int]
) -> Pixels:
    """Return a ground (height, width, 3): a piece of a scene, sharp or out of focus, or a sheet."""
    if scene is None or rng.random() < _PLAIN_SHARE:
        return _draw_sheet(rng, size_px)
    height_px, width_px = scene.shape[:2]
    side_px = int(min(height_px, width_px) * rng.uniform(0.3, 1.0))
    left, top = (int(rng.integers(0, side - side_px + 1)) for side in (width_px, height_px))
    piece = Image.fromarray(scene[top : top + side_px, left : left + side_px])
    piece = piece.resize(size_px[::-1], Image.Resampling.BILINEAR)
    if rng.random() < _BLURRED_SHARE:
        piece = piece.filter(ImageFilter.GaussianBlur(rng.uniform(2, 8)))
    return np.asarray(piece)


def replace_background(
    image: Pixels, leaf: Mask, background: Pixels, rng: np.random.Generator
) -> Pixels:
    """Lay the leaf, larger or smaller, somewhere on the background (of the image's size)."""
    rows, columns = np.flatnonzero(leaf.any(axis=1)), np.flatnonzero(leaf.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    cut, cut_mask = image[box], leaf[box]
    height_px, width_px = background.shape[:2]
    length = rng.uniform(_MIN_LEAF_LENGTH, _MAX_LEAF_LENGTH)
    scale = length * min(height_px, width_px) / max(cut_mask.shape)
    new_size = (max(8, round(cut.shape[1] * scale)), max(8, round(cut.shape[0] * scale)))
    leaf_picture = Image.fromarray(cut).resize(new_size, Image.Resampling.BILINEAR)
    alpha = Image.fromarray(cut_mask).convert("L").resize(new_size, Image.Resampling.BILINEAR)
    alpha = alpha.filter(ImageFilter.GaussianBlur(_EDGE_BLUR_PX))
    place = (_draw_start(rng, width_px, new_size[0]), _draw_start(rng, height_px, new_size[1]))
    ground = Image.fromarray(background)
    ground.paste(leaf_picture, place, alpha)
    return np.asarray(ground)


def remove_leaf(image: Pixels, leaf: Mask) -> Pixels:
    """Return the photograph with the leaf filled in from the background around it.

    Each pixel of the leaf (and of a margin: its shadow and its green rim) takes the nearest colour
    outside; smoothing hides the outline, which would tell the species.
    """
    hidden = ndimage.binary_dilation(leaf, iterations=_LEAF_MARGIN_PX)
    if hidden.all():
        return np.broadcast_to(np.median(image, axis=(0, 1)), image.shape).astype(np.uint8)
    rows, columns = ndimage.distance_transform_edt(
        hidden, return_distances=False, return_indices=True
    )
    filled = Image.fromarray(image[rows, columns])
    smooth = np.asarray(filled.filter(ImageFilter.GaussianBlur(_SMOOTHING_PX)))
    return np.where(hidden[..., None], smooth, image)


def _draw_sheet(rng: np.random.Generator, size_px: tuple[int, int]) -> Pixels:
    """Draw paper, cloth or soil: one colour, brighter to one side, with some grain."""
    height_px, width_px = size_px
    colour = rng.uniform(40, 245) + rng.normal(0, 14, 3)
    down, across = np.linspace(-1, 1, height_px), np.linspace(-1, 1, width_px)
    shade = rng.normal(0, 14) * down[:, None] + rng.normal(0, 14) * across[None, :]
    grain = rng.normal(0, rng.uniform(0, 9), (height_px, width_px))
    sheet = colour + (shade + grain)[..., None]
    return np.clip(sheet, 0, 255).astype(np.uint8)


def _draw_start(rng: np.random.Generator, frame_px: int, length_px: int) -> int:
    """Return where a piece starts: inside the frame, or over its edge if it is longer."""
    low, high = sorted((0, frame_px - length_px))
    return int(rng.integers(low, high + 1))
