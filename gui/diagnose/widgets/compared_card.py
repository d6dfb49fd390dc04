"""The photo that the one on show is compared with, beside it."""

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.diagnose import events
from gui.diagnose.photos import Photo
from gui.diagnose.widgets.picture import Picture
from gui.diagnose.words import say_headline, say_percent
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.textures import Slot
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide, place_centred

_PADDING = 16
_CAPTION = 26
_GONE = "This photo is not at hand. Select it and press C again."


class ComparedCard:
    """Built once; hidden while nothing is compared."""

    def __init__(self, slot: Slot, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container, hidden."""
        self._kit = kit
        with dpg.child_window(border=True, no_scrollbar=True, show=False) as self.root:
            self._picture = Picture(slot, "compared")
            self._caption = dpg.add_text("", pos=(0, 0), color=tones.MUTED)
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(self._caption, kit.fonts.small)

    def show(self, photo: Photo, image: NDArray[np.uint8] | None, area: Area) -> None:
        """Show the photo and its answer."""
        px, fonts = self._kit.px, self._kit.fonts
        dpg.configure_item(self.root, show=True, width=area.width, height=area.height)
        box = Area(
            x=px(_PADDING),
            y=px(_PADDING),
            width=area.width - 2 * px(_PADDING),
            height=area.height - 2 * px(_PADDING) - px(_CAPTION),
            gap=0,
        )
        self._picture.show(image, box)
        text = elide(_GONE if image is None else _say_answer(photo), box.width, fonts.small)
        dpg.set_value(self._caption, text)
        place_centred(self._caption, text, fonts.small, area.width, area.height - px(_PADDING + 16))

    def hide(self) -> None:
        """Show nothing."""
        dpg.configure_item(self.root, show=False)


def _say_answer(photo: Photo) -> str:
    if photo.diagnosis is None:
        return photo.problem or ""
    if not photo.diagnosis.is_known:
        return say_headline(photo.diagnosis)
    percent = say_percent(photo.diagnosis.top[0].probability)
    return f"{photo.diagnosis.top[0].display_name}  ·  {percent}"
