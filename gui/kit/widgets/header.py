"""The top: the name on the left, the server's state on the right."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Frame
from gui.kit.server_status import ServerMode, ServerStatus, say_server
from gui.kit.theme import Fonts, Themes, bind_font
from gui.kit.tones import Tone
from gui.kit.widgets.mark import add_mark

_SUBTITLE = "Plant disease from a photo of a leaf"
_LOGO = 36
_MARGIN = 24

_TONES = {
    ServerMode.CHECKING: Tone.WAITING,
    ServerMode.ONLINE: Tone.KNOWN,
    ServerMode.OFFLINE: Tone.UNKNOWN,
    ServerMode.REFUSING: Tone.FAILED,
}


class Header:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, fonts: Fonts, themes: Themes, scale: float) -> None:
        """Build the parts inside the open container."""
        self._scale = scale
        self._margin = round(_MARGIN * scale)
        self._fonts = fonts
        with dpg.child_window(border=True, no_scrollbar=True) as self.root:
            self._logo = add_mark(_LOGO * scale, tones.ACCENT, tones.WHITE)
            self._title = dpg.add_text("Leafray", pos=(0, 0))
            self._subtitle = dpg.add_text(_SUBTITLE, pos=(0, 0))
            dot_px = round(12 * scale)
            with dpg.group(pos=(0, 0)) as self._dot, dpg.drawlist(dot_px, dot_px):
                centre = 6 * scale
                self._dot_circle = dpg.draw_circle((centre, centre), 5 * scale, color=(0, 0, 0, 0))
            self._status = dpg.add_text("", pos=(0, 0))
            with dpg.tooltip(self._status) as self._tooltip:
                self._advice = dpg.add_text("", wrap=round(420 * scale))
        dpg.bind_item_theme(self.root, themes.header)
        bind_font(self._title, fonts.title)
        bind_font(self._subtitle, fonts.small)
        bind_font(self._status, fonts.small)
        dpg.configure_item(self._subtitle, color=tones.MUTED)

    def show(self, status: ServerStatus, frame: Frame) -> None:
        """Show the server's state."""
        height = frame.header_height
        dpg.configure_item(self.root, width=frame.width, height=height)
        px = self._scale
        dpg.set_item_pos(self._logo, [self._margin, round((height - _LOGO * px) / 2)])
        left = self._margin + round(48 * px)
        dpg.set_item_pos(self._title, [left, round(10 * px)])
        dpg.set_item_pos(self._subtitle, [left, round(38 * px)])
        text = say_server(status)
        width, text_height = dpg.get_text_size(text, font=self._fonts.small) or (0, 0)
        x = frame.width - self._margin - round(width)
        dpg.set_value(self._status, text)
        dpg.set_item_pos(self._status, [x, round((height - text_height) / 2)])
        dot_x = x - round(20 * px)
        dpg.set_item_pos(self._dot, [dot_x, round(height / 2 - 6 * px)])
        subtitle_width = (dpg.get_text_size(_SUBTITLE, font=self._fonts.small) or (0, 0))[0]
        # In a narrow window with large letters there is room for the state alone.
        has_room = left + subtitle_width + self._margin <= dot_x
        dpg.configure_item(self._subtitle, show=has_room)
        colour = _TONES[status.mode].colour
        dpg.configure_item(self._dot_circle, fill=colour, color=colour)
        dpg.configure_item(self._status, color=tones.INK)
        dpg.configure_item(self._tooltip, show=status.advice is not None)
        dpg.set_value(self._advice, status.advice or "")
