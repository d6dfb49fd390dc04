"""What outlives the widgets when the window makes them anew."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import dearpygui.dearpygui as dpg

from gui.kit.textures import TextureYard
from gui.kit.theme import Item

ValueT = TypeVar("ValueT")


class Kept:
    """Fonts and textures, made once: Dear PyGui 2.3.1 cannot give them back.

    Deleting a font crashes it, and 18 MB stayed for each pool of textures deleted and made again.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._values: dict[object, Any] = {}
        self.roots: set[Item] = set()

    @property
    def yard(self) -> TextureYard:
        """Where textures lie, made at first use: the context must be there."""
        return self.get("yard", TextureYard)

    def get(self, key: object, create: Callable[[], ValueT]) -> ValueT:
        """Return what ``create`` returned at the first call for ``key``."""
        if key not in self._values:
            before = set(dpg.get_windows())
            self._values[key] = create()
            self.roots |= set(dpg.get_windows()) - before
        return cast(ValueT, self._values[key])
