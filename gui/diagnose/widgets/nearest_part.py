"""The training photos that the model finds most alike: in words, and as pictures if it can."""

from collections.abc import Callable, Sequence

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.diagnose import events
from gui.diagnose.heat import Heat
from gui.diagnose.previews import THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX
from gui.diagnose.words import say_references
from gui.kit import tones
from gui.kit.textures import Slot
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit

_GAP = 8

GetPicture = Callable[[str], NDArray[np.uint8] | None]


class NearestPart:
    """Built once; hidden where nothing is known."""

    def __init__(self, kit: Toolkit[events.Event], slots: Sequence[Slot]) -> None:
        """Build the parts inside the open container, hidden."""
        px = kit.px
        with dpg.group(show=False) as self._root:
            self._words = dpg.add_text("", color=tones.MUTED)
            with dpg.group(horizontal=True, horizontal_spacing=px(_GAP)) as self._row:
                self._images = [
                    dpg.add_image(
                        slot.tag, width=px(THUMBNAIL_WIDTH_PX), height=px(THUMBNAIL_HEIGHT_PX)
                    )
                    for slot in slots
                ]
            dpg.add_spacer(height=px(10))
        self._slots = slots
        self._shown: list[NDArray[np.uint8] | None] = [None] * len(slots)
        bind_font(self._words, kit.fonts.small)

    def show(self, heat: Heat, get_picture: GetPicture, inner_px: int) -> None:
        """Show what is known of the photo on show, the nearest first."""
        words = say_references(heat)
        dpg.configure_item(self._root, show=bool(words))
        dpg.configure_item(self._words, wrap=inner_px)
        dpg.set_value(self._words, words)
        hashes = (item.sha256 for item in heat.references)
        found = (get_picture(sha256) for sha256 in hashes if sha256 and sha256 in heat.pictured)
        pictures = [picture for picture in found if picture is not None] if words else []
        dpg.configure_item(self._row, show=bool(pictures))
        for idx, image in enumerate(self._images):
            dpg.configure_item(image, show=idx < len(pictures))
            if idx < len(pictures) and pictures[idx] is not self._shown[idx]:
                self._slots[idx].show(pictures[idx])
                self._shown[idx] = pictures[idx]
