"""What every chart of the page has in common."""

from typing import Protocol, TypeVar

from gui.kit.theme import Item

FigureT_contra = TypeVar("FigureT_contra", contravariant=True)


class Chart(Protocol[FigureT_contra]):
    """One kind of figure; built once, filled again for each figure."""

    root: Item

    def fill(self, figure: FigureT_contra, width_px: int, height_px: int) -> None:
        """Draw another figure."""
        ...

    def resize(self, width_px: int, height_px: int) -> None:
        """Draw the same one in another size."""
        ...

    def settle(self) -> None:
        """Do what must wait for a frame; called after each."""
        ...

    def find_mark(self) -> int | None:
        """Return the mark under the pointer."""
        ...

    def mark(self, mark: int | None) -> None:
        """Show which mark is pointed at."""
        ...
