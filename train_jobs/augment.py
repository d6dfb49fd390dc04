"""Augmentation of one training image (NumPy and Pillow around torchvision transforms v2)."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.images import decode_image, read_image_bytes
from train_jobs.backgrounds import draw_background, remove_leaf, replace_background
from train_jobs.leaf_mask import find_leaf

Pixels = NDArray[np.uint8]

# A scene is used as a background only: shrunk, so that a worker can keep some of them decoded.
_SCENE_SIDE_PX = 320
_CACHED_SCENES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationConfig:
    """How strongly images are changed. Probabilities are for one image."""

    size_px: int
    min_crop_share: float = 0.4
    """The least share of the area that a crop keeps."""
    replace_background_probability: float = 0.0
    remove_leaf_probability: float = 0.0
    """The leaf is taken out and the rest becomes a stranger."""
    cast_probability: float = 0.5
    """Another white balance and exposure: another camera, another light."""
    blur_probability: float = 0.15
    jpeg_probability: float = 0.2


class Augmentation:
    """Random views of one image; picklable, so that Ray Data can ship it.

    The transforms are built in the worker at the first image: torch is heavy to import, and its
    objects need not travel.
    """

    def __init__(self, config: AugmentationConfig, scenes: tuple[Path, ...] = ()) -> None:
        """Keep the numbers and where photographs without leaves lie (for backgrounds)."""
        self._config = config
        self._scenes = scenes
        self._transform: Callable[[Pixels], Pixels] | None = None
        self._rng: np.random.Generator | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_transform": None, "_rng": None}

    def __call__(self, image: Pixels, *, has_sheet: bool) -> tuple[Pixels, bool]:
        """Return a random view (size_px, size_px, 3), and whether the leaf is still in it.

        `has_sheet` tells that the photograph shows a leaf on a plain sheet, which may be replaced.
        """
        if self._transform is None or self._rng is None:
            self._transform = create_transform(self._config)
            self._rng = np.random.default_rng()
        rng, has_leaf = self._rng, True
        if has_sheet:
            image, has_leaf = self._change_ground(image, rng)
        view = self._transform(image)
        if rng.random() < self._config.cast_probability:
            view = _cast(view, rng)
        if rng.random() < self._config.jpeg_probability:
            view = _recompress(view, rng)
        return view, has_leaf

    def _change_ground(self, image: Pixels, rng: np.random.Generator) -> tuple[Pixels, bool]:
        config, drawn = self._config, rng.random()
        if drawn >= config.replace_background_probability + config.remove_leaf_probability:
            return image, True
        leaf = find_leaf(image)
        if leaf is None:
            return image, True
        if drawn < config.remove_leaf_probability:
            return remove_leaf(image, leaf), False
        path = self._scenes[int(rng.integers(len(self._scenes)))] if self._scenes else None
        scene = None if path is None else _load_scene(path)
        ground = draw_background(rng, scene, (image.shape[0], image.shape[1]))
        return replace_background(image, leaf, ground, rng), True


def create_transform(config: AugmentationConfig) -> Callable[[Pixels], Pixels]:
    """Build crop, flips, turn, colour and blur; takes and returns RGB arrays."""
    from models.torchvision_ops import declare_torchvision_ops

    declare_torchvision_ops()
    import torch
    from torchvision.transforms import v2

    torch.set_num_threads(1)  # Ray runs one such task a core already
    jitter = v2.ColorJitter(brightness=0.35, contrast=0.35, saturation=0.3)
    blur = v2.GaussianBlur(kernel_size=5, sigma=(0.3, 1.8))
    transform = v2.Compose(
        [
            v2.RandomResizedCrop(
                config.size_px,
                scale=(config.min_crop_share, 1.0),
                ratio=(0.7, 1.4),
                antialias=True,
            ),
            v2.RandomHorizontalFlip(),
            v2.RandomVerticalFlip(),
            v2.RandomApply([v2.RandomRotation(30, fill=[127, 127, 127])], p=0.3),
            v2.RandomApply([jitter], p=0.8),
            v2.RandomApply([blur], p=config.blur_probability),
            v2.RandomErasing(p=0.2, scale=(0.02, 0.15), value=127),
            v2.ToDtype(torch.uint8),
        ]
    )

    def apply(image: Pixels) -> Pixels:
        view = transform(torch.from_numpy(np.array(image)).permute(2, 0, 1))
        return np.ascontiguousarray(view.permute(1, 2, 0).numpy())

    return apply


def _cast(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Scale each colour on its own, and bend the brightness (gamma)."""
    levels = np.linspace(0, 1, 256)[:, None] ** np.exp(rng.normal(0, 0.2))
    table = 255 * levels * np.exp(rng.normal(0, 0.1, 3))
    table = np.clip(table, 0, 255).astype(np.uint8)
    return np.stack([table[:, c][view[..., c]] for c in range(3)], axis=-1)


def _recompress(view: Pixels, rng: np.random.Generator) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(view).save(buffer, format="JPEG", quality=int(rng.integers(25, 90)))
    return np.asarray(Image.open(buffer))


@lru_cache(maxsize=_CACHED_SCENES)
def _load_scene(path: Path) -> Pixels:
    scene = Image.fromarray(decode_image(read_image_bytes(path)))
    scene.thumbnail((_SCENE_SIDE_PX, _SCENE_SIDE_PX))
    return np.asarray(scene)
