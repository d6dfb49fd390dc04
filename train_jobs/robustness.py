"""What a photograph goes through outside a laboratory, applied to known leaves one at a time."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models.images import decode_image, read_image_bytes
from models.leaf_drawing import encode_jpeg
from train_jobs.backgrounds import draw_background, remove_leaf, replace_background
from train_jobs.leaf_mask import find_leaf

Pixels = NDArray[np.uint8]
Change = Callable[[Pixels], Pixels | None]

_JPEG_QUALITY = 30
_BLUR_PX = 1.5
_ROTATION_DEGREES = 20
_BRIGHTNESS = 0.5


def create_changes(scenes: list[Path], *, seed: int) -> dict[str, Change]:
    """Return the changes by name; those of the background leave out photographs without a mask."""
    changes: dict[str, Change] = {
        "jpeg_30": lambda image: decode_image(encode_jpeg(image, quality=_JPEG_QUALITY)),
        "blurred": _blur,
        "rotated": _rotate,
        "dark": _darken,
    }
    if scenes:
        rng = np.random.default_rng(seed)
        changes["background_swapped"] = partial(_swap_background, scenes=scenes, rng=rng)
    return changes


def keep_background_only(image: Pixels) -> Pixels | None:
    """Take the leaf out: what still tells the class is the laboratory's table."""
    leaf = find_leaf(image)
    return None if leaf is None else remove_leaf(image, leaf)


def _blur(image: Pixels, radius_px: float = _BLUR_PX) -> Pixels:
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius_px)))


def _darken(image: Pixels, share: float = _BRIGHTNESS) -> Pixels:
    return (image * share).astype(np.uint8)


def _shrink(image: Pixels, side_px: int) -> Pixels:
    return np.asarray(Image.fromarray(image).resize((side_px, side_px), Image.Resampling.BOX))


def _rotate(image: Pixels) -> Pixels:
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    fill = tuple(int(value) for value in np.median(rim, axis=0))
    turned = Image.fromarray(image).rotate(
        _ROTATION_DEGREES, Image.Resampling.BILINEAR, fillcolor=fill
    )
    return np.asarray(turned)


def _swap_background(
    image: Pixels, *, scenes: list[Path], rng: np.random.Generator
) -> Pixels | None:
    leaf = find_leaf(image)
    if leaf is None:
        return None
    scene = decode_image(read_image_bytes(scenes[int(rng.integers(len(scenes)))]))
    ground = draw_background(rng, scene, (image.shape[0], image.shape[1]))
    return replace_background(image, leaf, ground, rng)


# What spoils a laboratory photograph of 256 px for the model, by the refusal it should meet.
UNUSABLE: dict[str, Change] = {
    "blurred": partial(_blur, radius_px=3),
    "too_dark": partial(_darken, share=0.1),
    "too_small": partial(_shrink, side_px=48),
}
