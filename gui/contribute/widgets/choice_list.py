"""The classes that a number key or a click gives, side by side where their names fit."""

from collections.abc import Callable, Sequence

import dearpygui.dearpygui as dpg

from gui.contribute import events
from gui.contribute.choices import Choice
from gui.contribute.words import say_class
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide, measure_text

# As rows of two, or one below the other: more would leave no room for the photograph.
MAX_PAIRS, MAX_SINGLES = 3, 4
_ROW = 36
_GAP = 8
_SPACING = 6
_PADDING = 14


class ChoiceList:
    """Built once; ``show`` fills it, and the keys give what is on show."""

    def __init__(self, kit: Toolkit[events.Event], give: Callable[[str], None]) -> None:
        """Build the buttons inside the open container; ``give`` takes a class's name."""
        self._kit = kit
        self._give = give
        self._class_names: tuple[str, ...] = ()
        self._is_single = False
        self._rows: list[tuple[int | str, tuple[int | str, int | str]]] = []
        for row_idx in range(MAX_SINGLES):
            with dpg.group(horizontal=True, show=False) as row:
                pair = self._add_button(row_idx, 0), self._add_button(row_idx, 1)
            self._rows.append((row, pair))

    def give(self, choice_idx: int) -> None:
        """Give the class of a number key, counted from 0; nothing where there is none."""
        if choice_idx < len(self._class_names):
            self._give(self._class_names[choice_idx])

    def show(self, choices: Sequence[Choice], width_px: int) -> int:
        """Show as many as there is room for; return how high they are."""
        kit = self._kit
        half_px = (width_px - kit.px(_GAP)) // 2
        texts = [_say(number, choice) for number, choice in enumerate(choices, start=1)]
        # Cut names would be taken for each other: early and late blight differ in the middle.
        self._is_single = len(choices) <= 2 or any(
            measure_text(text, kit.fonts.small)[0] > half_px - kit.px(2 * _PADDING)
            for text in texts[: 2 * MAX_PAIRS]
        )
        num_columns, num_rows = (1, MAX_SINGLES) if self._is_single else (2, MAX_PAIRS)
        texts = texts[: num_columns * num_rows]
        self._class_names = tuple(choice.class_name for choice in choices[: len(texts)])
        column_px = width_px if self._is_single else half_px
        for row_idx, (row, pair) in enumerate(self._rows):
            shown = texts[num_columns * row_idx : num_columns * (row_idx + 1)]
            dpg.configure_item(row, show=bool(shown))
            for column_idx, button in enumerate(pair):
                dpg.configure_item(button, show=column_idx < len(shown), width=column_px)
                if column_idx < len(shown):
                    room_px = column_px - kit.px(2 * _PADDING)
                    text = elide(shown[column_idx], room_px, kit.fonts.small)
                    dpg.configure_item(button, label=text)
        return -(-len(texts) // num_columns) * kit.px(_ROW + _SPACING)

    def _add_button(self, row_idx: int, column_idx: int) -> int | str:
        button: int | str = dpg.add_button(
            height=self._kit.px(_ROW), callback=lambda: self._give_place(row_idx, column_idx)
        )
        bind_font(button, self._kit.fonts.small)
        dpg.bind_item_theme(button, self._kit.themes.choice)
        return button

    def _give_place(self, row_idx: int, column_idx: int) -> None:
        self.give(row_idx if self._is_single else 2 * row_idx + column_idx)


def _say(number: int, choice: Choice) -> str:
    why = f" ({choice.why})" if choice.why else ""
    return f"{number}   {say_class(choice.class_name)}{why}"
