"""The textures of the diagnosing tab, a fixed pool."""

from dataclasses import dataclass

from gui.diagnose.diagnosis import NUM_REFERENCES
from gui.diagnose.history import PAGE_SIZE
from gui.diagnose.previews import PREVIEW_SIDE_PX, THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX
from gui.kit.textures import Slot, TextureYard

NUM_THUMBNAILS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TexturePool:
    """All textures of the tab."""

    photo: Slot
    heat: Slot
    compared: Slot
    thumbnails: tuple[Slot, ...]
    history: tuple[Slot, ...]
    references: tuple[Slot, ...]


def create_texture_pool(yard: TextureYard) -> TexturePool:
    """Make every texture, empty."""
    return TexturePool(
        photo=yard.add_slot(PREVIEW_SIDE_PX, PREVIEW_SIDE_PX),
        heat=yard.add_slot(PREVIEW_SIDE_PX, PREVIEW_SIDE_PX),
        compared=yard.add_slot(PREVIEW_SIDE_PX, PREVIEW_SIDE_PX),
        thumbnails=_create_thumbnails(yard, NUM_THUMBNAILS),
        history=_create_thumbnails(yard, PAGE_SIZE),
        references=_create_thumbnails(yard, NUM_REFERENCES),
    )


def _create_thumbnails(yard: TextureYard, count: int) -> tuple[Slot, ...]:
    return tuple(yard.add_slot(THUMBNAIL_WIDTH_PX, THUMBNAIL_HEIGHT_PX) for _ in range(count))
