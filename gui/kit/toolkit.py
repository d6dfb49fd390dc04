"""What every page is built with, and what a page is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from gui.kit.kept import Kept
from gui.kit.layout import Area
from gui.kit.tabs import Tab, TabView
from gui.kit.theme import Fonts, Item, Themes

EventT_contra = TypeVar("EventT_contra", contravariant=True)
StateT_contra = TypeVar("StateT_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolkit(Generic[EventT_contra]):
    """Where events go, and how things look; ``scale`` multiplies every size.

    ``go_to`` opens another tab. ``kept`` makes textures: a page is made anew when the look changes,
    they are not.
    """

    post: Callable[[EventT_contra], None]
    go_to: Callable[[Tab], None]
    fonts: Fonts
    themes: Themes
    scale: float
    kept: Kept = field(default_factory=Kept)

    def px(self, size: float) -> int:
        """Return a size in pixels of this screen."""
        return round(size * self.scale)


class Page(Protocol[StateT_contra]):
    """A tab's widgets, built once inside the open window; main thread only."""

    root: Item

    def show(self, view: TabView[StateT_contra], area: Area) -> None:
        """Bring every widget up to date with the state."""
        ...

    def take_keys(self, *, has_ctrl: bool, is_walking: bool) -> bool:
        """Act on the keys of the frame just drawn; True if Escape is used up by the page.

        While a person walks through the window, only those pressed with Ctrl are for the page.
        """
        ...
