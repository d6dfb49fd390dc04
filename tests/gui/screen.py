"""A screen that tests can look at and type on."""

import os
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gui.diagnose.layout import DiagnoseLayout, measure
from gui.kit.layout import Area, Frame, measure_frame
from gui.kit.tones import Colour

Pixels = NDArray[np.uint8]

WIDTH_PX, HEIGHT_PX = 1024, 700
TIMEOUT_S = 60.0
XWD_COLOUR_BYTES = 12
TYPING_DELAY_MS = "4"
MIN_BAR_PX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """A running X server; ``name`` is for the environment variable DISPLAY.

    Windows find their settings in ``config_dir``, and not those of whoever runs the tests.
    """

    name: str
    frame_buffer_path: Path
    config_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that shall appear here."""
        return {
            **os.environ,
            "DISPLAY": self.name,
            "XDG_CONFIG_HOME": str(self.config_dir),
        }

    def grab(self) -> Pixels:
        """Return what is on the screen, (H, W, 3), from the server's file in XWD format."""
        content = self.frame_buffer_path.read_bytes()
        fields = struct.unpack(">25I", content[:100])
        header_size, width_px, height_px, line_bytes, num_colours = (
            fields[0],
            fields[4],
            fields[5],
            fields[12],
            fields[19],
        )
        start = header_size + num_colours * XWD_COLOUR_BYTES
        lines = np.frombuffer(content, np.uint8, height_px * line_bytes, start)
        bgra = lines.reshape(height_px, line_bytes)[:, : 4 * width_px].reshape(height_px, -1, 4)
        return bgra[..., 2::-1]

    def press(self, *arguments: str) -> None:
        """Use mouse and keyboard, in the words of xdotool."""
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True, timeout=60)

    def wait(self, is_seen: Callable[[Pixels], bool], what: str) -> Pixels:
        """Return the first picture on which ``is_seen`` holds; fail after a minute."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline_s:
            pixels = self.grab()
            if is_seen(pixels):
                return pixels
            time.sleep(0.1)
        picture_path = self.frame_buffer_path.with_name("last.png")
        Image.fromarray(np.ascontiguousarray(self.grab())).save(picture_path)
        raise AssertionError(f"the window never showed {what}; see {picture_path}")


class User:
    """Uses one window, at the screen's upper left corner."""

    def __init__(self, display: Display, window_id: str) -> None:
        self.display = display
        self.window_id = window_id
        display.press("windowmove", window_id, "0", "0")
        display.press("sleep", "0.3", "windowfocus", window_id, "sleep", "0.3")

    def enter(self, path: Path) -> None:
        """Type a path over the one in the field (a click selects it), and press Enter."""
        source = measure_diagnose().source
        x, y = source.x + 100, source.y + source.height // 2
        self.press("mousemove", str(x), str(y), "sleep", "0.2", "click", "1")
        self.press("sleep", "0.3", "type", "--delay", TYPING_DELAY_MS, str(path))
        self.press("sleep", "0.2", "key", "Return")

    def press(self, *arguments: str) -> None:
        """Use mouse and keyboard, in the words of xdotool."""
        self.display.press(*arguments)

    def see(self, is_seen: Callable[[Pixels], bool], what: str) -> Pixels:
        """Wait until the window shows something."""
        return self.display.wait(lambda screen: is_seen(screen[:HEIGHT_PX, :WIDTH_PX]), what)


def measure_window() -> Frame:
    """Return where the parts of a window of the tests' size lie."""
    return measure_frame(WIDTH_PX, HEIGHT_PX, scale=1.0, has_banner=False)


def measure_diagnose() -> DiagnoseLayout:
    """Return where the parts of its diagnosing tab lie."""
    return measure(measure_window().page, scale=1.0, has_strip=False)


def crop_card(window: Pixels) -> Pixels:
    """Return the card with the diagnosis."""
    return crop(window, measure_diagnose().diagnosis)


def crop_photo(window: Pixels) -> Pixels:
    """Return the card with the photo."""
    return crop(window, measure_diagnose().photo)


def crop(window: Pixels, area: Area) -> Pixels:
    """Return a part of the window."""
    return window[area.y : area.y + area.height, area.x : area.x + area.width]


def crop_header(window: Pixels) -> Pixels:
    """Return the top with the server's state."""
    return window[: measure_window().header_height, WIDTH_PX // 2 : WIDTH_PX]


def count_bars(pixels: Pixels, *colours: Colour) -> int:
    """Count the runs of rows that hold a bar's length of the colours."""
    hits = np.zeros(pixels.shape[:2], dtype=bool)
    for colour in colours:
        hits |= match(pixels, colour)
    is_bar = hits.sum(axis=1) >= MIN_BAR_PX
    return int((np.diff(is_bar.astype(int), prepend=0) == 1).sum())


def count_pixels(pixels: Pixels, colour: Colour) -> int:
    """Count the pixels of exactly this colour."""
    return int(match(pixels, colour).sum())


def count_colours(pixels: Pixels) -> int:
    """Count different colours: a photograph has thousands, a card some dozens."""
    return len(np.unique(pixels.reshape(-1, 3), axis=0))


def match(pixels: Pixels, colour: Colour) -> NDArray[np.bool_]:
    """Return where the colour is."""
    return np.asarray((pixels == np.array(colour, dtype=np.uint8)).all(axis=-1))
