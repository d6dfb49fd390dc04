"""What is taken for what: a field of cells, darker where it is more often."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.matrix import Matrix
from gui.kit.theme import Fonts, Item, bind_font
from gui.kit.widgets.axis import Axis

_ROW = 15
_MAX_ROW = 52
_AROUND = 34


class MatrixChart:
    """Rows are numbered and named, columns numbered alike."""

    def __init__(self, fonts: Fonts, plot_theme: Item, scale: float) -> None:
        """Build the empty plot inside the open container, hidden."""
        self._scale = scale
        self._num_classes = 0
        self._size_px = (0, 0)
        self._notes: list[Item] = []
        with dpg.colormap_registry():
            colours = [(*tones.CARD, 255), (*tones.ALSO, 255), (*tones.ACCENT, 255)]
            colormap = dpg.add_colormap(colours, qualitative=False)
        options = {"no_highlight": True, "no_gridlines": True, "no_tick_marks": True}
        # In a group: a plot with a position of its own does not know that it is pointed at.
        with (
            dpg.group(show=False) as self.root,
            dpg.plot(no_title=True, no_menus=True, no_mouse_pos=True) as self._plot,
        ):
            self._x = dpg.add_plot_axis(dpg.mvXAxis, opposite=True, **options)
            self._y = dpg.add_plot_axis(dpg.mvYAxis, **options)
        self._axes = Axis(self._x), Axis(self._y)
        dpg.bind_colormap(self._plot, colormap)
        dpg.bind_item_theme(self._plot, plot_theme)
        bind_font(self._plot, fonts.small)

    def fill(self, figure: Matrix, width_px: int, height_px: int) -> None:
        """Draw the cells, and the number in each that is a mistake."""
        dpg.delete_item(self._y, children_only=True, slot=1)
        for note in self._notes:
            dpg.delete_item(note)
        num = self._num_classes = len(figure.names)
        mistakes = {
            (row, column): number
            for row, counts in enumerate(figure.counts)
            for column, number in enumerate(counts)
            if number and row != column
        }
        # Right answers are many times more than mistakes: they are all of the darkest colour.
        most = max(mistakes.values(), default=1)
        dpg.add_heat_series(
            [
                2.0 * most if number and row == column else float(number)
                for row, counts in enumerate(figure.counts)
                for column, number in enumerate(counts)
            ],
            num,
            num,
            scale_min=0.0,
            scale_max=2.0 * most,
            bounds_min=(0.0, 0.0),
            bounds_max=(float(num), float(num)),
            format="",
            parent=self._y,
        )
        self._notes = [
            dpg.add_plot_annotation(
                label=str(number),
                default_value=(column + 0.5, num - row - 0.5),
                color=(0, 0, 0, 0),
                parent=self._plot,
            )
            for (row, column), number in mistakes.items()
        ]
        dpg.set_axis_ticks(
            self._y,
            tuple(
                (f"{name}   {idx + 1}", num - idx - 0.5) for idx, name in enumerate(figure.names)
            ),
        )
        dpg.set_axis_ticks(self._x, tuple((str(idx + 1), idx + 0.5) for idx in range(num)))
        self._axes[0].show(0.0, num, bounds=(0.0, num))
        self._size_px = (0, 0)
        self.resize(width_px, height_px)

    def resize(self, width_px: int, height_px: int) -> None:
        """Take another size; what does not fit is moved to."""
        if (width_px, height_px) == self._size_px:
            return
        self._size_px = width_px, height_px
        num = self._num_classes
        height_px = min(height_px, round((num * _MAX_ROW + _AROUND) * self._scale))
        dpg.configure_item(self._plot, width=width_px, height=max(1, height_px))
        room = (height_px - _AROUND * self._scale) / (_ROW * self._scale)
        num_shown = max(1.0, min(float(num), room))
        self._axes[1].show(num - num_shown, num, bounds=(0.0, num))

    def settle(self) -> None:
        """Let the user zoom and move."""
        for axis in self._axes:
            axis.settle()

    def find_mark(self) -> int | None:
        """Return the cell under the pointer."""
        if not dpg.is_item_hovered(self._plot):
            return None
        x, y = dpg.get_plot_mouse_pos()
        row, column = int(self._num_classes - y), int(x)
        if not (0 <= row < self._num_classes and 0 <= column < self._num_classes):
            return None
        return row * self._num_classes + column

    def mark(self, mark: int | None) -> None:
        """Do nothing: the tip beside the pointer is enough."""
