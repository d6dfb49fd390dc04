"""A screen that nobody sees, hands that type and point on it, and the window under them."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

WIDTH_PX, HEIGHT_PX = 1280, 800

_START_TIMEOUT_S = 30.0
_PRESS_TIMEOUT_S = 60.0
_TYPING_DELAY_MS = 9
_NUM_GLIDE_STEPS = 24
_GLIDE_STEP_S = 0.016
_SETTLING_S = 0.4


class RecordingError(Exception):
    """There is no video; the message says what to do."""


@contextmanager
def open_screen() -> Iterator[str]:
    """Start an X server of the video's size on a free number; give its name for DISPLAY."""
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-nolisten", "tcp", "-screen", "0"]
    with subprocess.Popen(
        [*command, f"{WIDTH_PX}x{HEIGHT_PX}x24"],
        pass_fds=[write_end],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(write_end)
        try:
            ready, _, _ = select.select([read_end], [], [], _START_TIMEOUT_S)
            number = os.read(read_end, 16).decode().strip() if ready else ""
            if not number:
                raise RecordingError("Xvfb did not start. Run `Xvfb :99` by hand to see why.")
            yield f":{number}"
        finally:
            os.close(read_end)
            server.terminate()


@contextmanager
def open_window(environment: Mapping[str, str], server_url: str, key_path: Path) -> Iterator[None]:
    """Start the window over the whole screen, as at a person's first start."""
    size = ["--width", str(WIDTH_PX), "--height", str(HEIGHT_PX), "--welcome", "--timing"]
    command = [sys.executable, "-m", "gui", "--server", server_url, "--key-file", str(key_path)]
    with subprocess.Popen(
        [*command, *size], env=environment, stdout=subprocess.PIPE, text=True
    ) as window:
        try:
            # The line about the first frame; nothing when the window has ended before.
            if window.stdout is None or not window.stdout.readline():
                raise RecordingError("The window did not open; what it printed stands above.")
            hands = Hands(environment)
            window_id = hands.find_window()
            hands.press("windowmove", window_id, "0", "0", "sleep", "0.3", "windowfocus", window_id)
            yield
        finally:
            window.send_signal(signal.SIGINT)


class Hands:
    """Keys and pointer of the one who is filmed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Work on the screen that DISPLAY of the environment names."""
        self._environment = environment
        self._x, self._y = WIDTH_PX // 2, HEIGHT_PX // 2

    def find_window(self) -> str:
        """Return the number of the window."""
        return self._call("search", "--sync", "--name", "^Leafray$").split()[0]

    def key(self, *names: str, pause_s: float = _SETTLING_S) -> None:
        """Press keys one after the other, each followed by a pause."""
        for name in names:
            self.press("key", name)
            time.sleep(pause_s)

    def click(self, x: int, y: int, *, pause_s: float = _SETTLING_S) -> None:
        """Glide there, so that eyes can follow, and click."""
        self.point(x, y)
        self.press("sleep", "0.15", "click", "1")
        time.sleep(pause_s)

    def point(self, x: int, y: int) -> None:
        """Glide to a place."""
        steps: list[str] = []
        for step in range(1, _NUM_GLIDE_STEPS + 1):
            share = step / _NUM_GLIDE_STEPS
            share = share * share * (3 - 2 * share)
            at = [round(self._x + share * (x - self._x)), round(self._y + share * (y - self._y))]
            steps += ["mousemove", *map(str, at), "sleep", str(_GLIDE_STEP_S)]
        self.press(*steps)
        self._x, self._y = x, y

    def enter(self, x: int, y: int, text: str) -> None:
        """Type over what is in a field, and press Enter."""
        self.click(x, y)
        self.press("type", "--delay", str(_TYPING_DELAY_MS), text)
        self.key("Return")

    def press(self, *arguments: str) -> None:
        """Use mouse and keyboard, in the words of xdotool."""
        self._call(*arguments)

    def _call(self, *arguments: str) -> str:
        try:
            return subprocess.run(
                ["xdotool", *arguments],
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_PRESS_TIMEOUT_S,
                check=True,
            ).stdout
        except (subprocess.SubprocessError, OSError) as error:
            raise RecordingError(f"xdotool cannot reach the window ({error}).") from None
