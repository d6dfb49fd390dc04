"""The window, writing down its frames: ``python -m gui.bench.watched_window URL KEY_FILE FRAMES``.

Apart from that it is the window that people use, in a process of its own.
"""

import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TextIO

import dearpygui.dearpygui as dpg

from gui.bench.frames import Frame, write_frame
from gui.kit.tabs import Tab
from gui.options import Options
from gui.recording.screen import HEIGHT_PX, WIDTH_PX
from gui.session import Session
from gui.start import run_window
from gui.window import Window

_NUM_ARGUMENTS = 3


class WatchedWindow(Window):
    """Writes a line for each frame."""

    def __init__(self, session: Session, *, width_px: int, height_px: int, frames: TextIO) -> None:
        """Take where the lines go besides what a window takes."""
        super().__init__(session, width_px=width_px, height_px=height_px)
        self._watched = session
        self._frames = frames
        self._drawn_s = self._drawn_cpu_s = 0.0

    def render(self) -> None:
        """Draw one frame, and write down what it took."""
        is_awake = not dpg.get_app_configuration()["wait_for_input"]
        at_s, at_cpu_s = time.monotonic(), time.thread_time()
        super().render()
        total_s, total_cpu_s = time.monotonic() - at_s, time.thread_time() - at_cpu_s
        frame = Frame(
            at_s=at_s,
            own_ms=1000 * (total_s - self._drawn_s),
            own_cpu_ms=1000 * (total_cpu_s - self._drawn_cpu_s),
            drawn_ms=1000 * self._drawn_s,
            is_awake=is_awake,
            phase=self._watched.state.contribute.phase,
        )
        self._frames.write(f"{write_frame(frame)}\n")

    def draw(self) -> None:
        """Draw, and take the time apart from our own code's."""
        at_s, at_cpu_s = time.monotonic(), time.thread_time()
        super().draw()
        self._drawn_s = time.monotonic() - at_s
        self._drawn_cpu_s = time.thread_time() - at_cpu_s


def main(arguments: list[str]) -> int:
    """Open the window on the tab of uploads; it ends by a signal."""
    url, key_path, frames_path = arguments
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Line by line: whoever measures reads along to see how far an upload is.
    with Path(frames_path).open("w", buffering=1, encoding="utf-8") as frames:
        options = Options(
            server_url=url,
            key_path=Path(key_path),
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            tab=Tab.CONTRIBUTE,
            is_timed=True,
        )
        return run_window(options, create_window=partial(WatchedWindow, frames=frames))


if __name__ == "__main__":
    if len(sys.argv) != 1 + _NUM_ARGUMENTS:
        sys.exit("usage: python -m gui.bench.watched_window URL KEY_FILE FRAMES")
    sys.exit(main(sys.argv[1:]))
