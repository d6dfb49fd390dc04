"""One line of the list of servers: a mark where it is in use, its name, where it is."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide
from gui.settings import events
from gui.settings.state import Probe
from gui.settings.widgets.verdict_text import VerdictText

_HEIGHT = 56
_TEXT_X = 40
_TEST_WIDTH = 64
_CHANGE_WIDTH = 88
_BUTTON_HEIGHT = 40
_SPACING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCalls:
    """What a click does; a row that cannot be changed has no buttons for it."""

    use: Callable[[], None]
    test: Callable[[], None] | None = None
    change: Callable[[], None] | None = None


class ServerRow:
    """Built once; ``show`` fills it, ``hide`` takes it away."""

    def __init__(self, kit: Toolkit[events.Event], calls: RowCalls, *, tag: str) -> None:
        """Build the parts inside the open container, hidden."""
        self._kit = kit
        px = kit.px
        self._buttons: list[tuple[int | str, int]] = []
        with dpg.group(show=False) as self.root:
            with dpg.child_window(
                border=False, no_scrollbar=True, height=px(_HEIGHT)
            ) as self._frame:
                self._use = dpg.add_button(
                    label="", height=px(_HEIGHT), pos=(0, 0), callback=lambda: calls.use(), tag=tag
                )
                with dpg.group(pos=(px(14), px(20))), dpg.drawlist(px(16), px(16)):
                    centre = (px(8), px(8))
                    self._ring = dpg.draw_circle(centre, px(7), color=tones.FRAME)
                    self._dot = dpg.draw_circle(
                        centre, px(4), color=tones.ACCENT, fill=tones.ACCENT, show=False
                    )
                self._name = dpg.add_text("", pos=(px(_TEXT_X), px(9)))
                self._detail = dpg.add_text("", pos=(px(_TEXT_X), px(30)), color=tones.MUTED)
                self._add_button("Test", calls.test, _TEST_WIDTH, tag)
                self._add_button("Change", calls.change, _CHANGE_WIDTH, tag)
            self._verdict = VerdictText(kit)
            dpg.add_spacer(height=px(2))
        dpg.bind_item_theme(self._frame, kit.themes.inset)
        bind_font(self._detail, kit.fonts.small)

    def _add_button(
        self, label: str, call: Callable[[], None] | None, width: int, tag: str
    ) -> None:
        if call is None:
            return
        px = self._kit.px
        button = dpg.add_button(
            label=label,
            width=px(width),
            height=px(_BUTTON_HEIGHT),
            pos=(0, 0),
            callback=lambda: call(),
            tag=f"{tag}_{label.lower()}",
        )
        self._buttons.append((button, px(width)))

    def show(
        self, name: str, detail: str, width_px: int, *, is_used: bool, probe: Probe | None
    ) -> None:
        """Show one server in ``width_px``."""
        px = self._kit.px
        dpg.configure_item(self.root, show=True)
        dpg.configure_item(self._frame, width=width_px)
        x = width_px
        for button, button_px in reversed(self._buttons):
            x -= button_px
            dpg.set_item_pos(button, [x, px((_HEIGHT - _BUTTON_HEIGHT) / 2)])
            x -= px(_SPACING)
        dpg.configure_item(self._use, width=x)
        text_px = x - px(_TEXT_X + 12)
        dpg.set_value(self._name, elide(name, text_px, self._kit.fonts.body))
        dpg.set_value(self._detail, elide(detail, text_px, self._kit.fonts.small))
        themes = self._kit.themes
        dpg.bind_item_theme(self._use, themes.option_selected if is_used else themes.option)
        dpg.configure_item(self._dot, show=is_used)
        dpg.configure_item(self._ring, color=tones.ACCENT if is_used else tones.FRAME)
        self._verdict.show(probe, name, width_px)

    def hide(self) -> None:
        """Take it away."""
        dpg.configure_item(self.root, show=False)
