"""The window, writing down what the keyboard has: ``python -m tests.gui.walked_window``.

Its last arguments are the file to write, the server's URL, the file of the key, and a folder of
photos. A line is written when another part has the keyboard: it, and all that could have it.
"""

import json
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

import dearpygui.dearpygui as dpg

from gui.options import Options
from gui.session import Session
from gui.start import run_window
from gui.window import Window
from tests.gui.screen import HEIGHT_PX, WIDTH_PX

REACHABLE = {
    f"mvAppItemType::mv{kind}"
    for kind in (
        "Button",
        "ImageButton",
        "Selectable",
        "Combo",
        "InputText",
        "Checkbox",
        "SliderFloat",
        "CollapsingHeader",
    )
}
ITEMS_SLOT = 1


class WalkedWindow(Window):
    """Tells what has the keyboard."""

    def __init__(self, session: Session, *, width_px: int, height_px: int, log: TextIO) -> None:
        """Take where lines go besides what a window takes."""
        super().__init__(session, width_px=width_px, height_px=height_px)
        self._told = session
        self._log = log
        self._last = ""

    def render(self) -> None:
        """Draw a frame, and tell what is new."""
        super().render()
        shown = list(list_shown())
        focused = next((item for item in shown if dpg.is_item_focused(item)), None)
        line = json.dumps(
            {
                "tab": self._told.state.tab,
                "view": self._told.state.diagnose.view,
                "focused": focused and name(focused),
                "shown": [name(item) for item in shown],
            }
        )
        if line != self._last:
            self._last = line
            self._log.write(f"{line}\n")


def list_shown() -> Iterator[int]:
    """List what can be pressed or typed into, in all windows on the screen."""
    for window in dpg.get_windows():
        if dpg.get_item_type(window) == "mvAppItemType::mvWindowAppItem":
            yield from list_below(window)


def list_below(item: int) -> Iterator[int]:
    """List the same below an item that is on the screen."""
    if not dpg.get_item_configuration(item)["show"]:
        return
    if dpg.get_item_type(item) in REACHABLE:
        yield item
    for child in dpg.get_item_children(item, ITEMS_SLOT):
        yield from list_below(child)


def name(item: int) -> str:
    """Return what tells an item from others, and helps to find it."""
    return f"{item} {dpg.get_item_type(item)[17:]} {dpg.get_item_label(item)}"


def main(arguments: list[str]) -> int:
    """Open the window; it ends by a signal."""
    log_path, url, key_path, photos = arguments[-4:]
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with Path(log_path).open("w", buffering=1, encoding="utf-8") as log:
        options = Options(
            paths=(Path(photos),),
            server_url=url,
            key_path=Path(key_path),
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            is_timed=True,
        )
        return run_window(options, create_window=partial(WalkedWindow, log=log))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
