"""One upload in a window, with a hand that never rests: what its frames took."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from gui.bench.frames import Frame, read_frames, select
from gui.bench.processes import open_window
from gui.contribute.layout import measure
from gui.contribute.state import Phase
from gui.kit.layout import measure_frame
from gui.recording.screen import HEIGHT_PX, WIDTH_PX, Hands, RecordingError
from gui.recording.service import Service
from models.leaf_drawing import draw_leaf, encode_jpeg

_TIMEOUT_S = 300.0
_MEASURED = (Phase.LOOKING, Phase.READY, Phase.SENDING, Phase.CHECKING)
_CLASS_NAME = "Tomato___healthy"
_SIDE_PX = 640
_LAYOUT = measure(measure_frame(WIDTH_PX, HEIGHT_PX, scale=1.0, has_banner=False).page, scale=1.0)
_FIELD_XY = _LAYOUT.source.x + 100, _LAYOUT.source.y + _LAYOUT.source.height // 2
_FROM_XY = _LAYOUT.story.x + 40, _LAYOUT.story.y + 60
_TO_XY = _LAYOUT.desk.x + 200, _LAYOUT.desk.y + 300


def write_photos(folder: Path, num_photos: int, *, first_seed: int) -> None:
    """Fill a folder with labelled photographs of drawn leaves."""
    class_dir = folder / _CLASS_NAME
    class_dir.mkdir(parents=True)
    for idx in range(num_photos):
        leaf = draw_leaf(first_seed + idx, size_px=_SIDE_PX)
        (class_dir / f"{idx:03}.jpg").write_bytes(encode_jpeg(leaf))


def measure_upload(
    service: Service, environment: Mapping[str, str], folder: Path, frames_path: Path
) -> tuple[Frame, ...]:
    """Give the folder's photographs in a new window; return its frames from the look to the end.

    Raises:
        RecordingError: the window did not come to the end.
    """
    arguments = [service.url, str(service.key_path), str(frames_path)]
    with open_window("gui.bench.watched_window", arguments, environment):
        hands = Hands(environment)
        window_id = hands.find_window()
        hands.press("windowmove", window_id, "0", "0", "sleep", "0.3", "windowfocus", window_id)
        time.sleep(1.0)
        hands.enter(*_FIELD_XY, str(folder))
        _move_until(hands, frames_path, lambda phase: phase == Phase.READY)
        hands.key("ctrl+Return", pause_s=0.0)
        _move_until(hands, frames_path, lambda phase: phase in (Phase.REVIEW, Phase.ENDED))
    with frames_path.open(encoding="utf-8") as lines:
        return select(read_frames(lines), _MEASURED)


def _move_until(hands: Hands, frames_path: Path, is_there: Callable[[str], bool]) -> None:
    """Keep the window awake as a person does: the pointer moves, photographs are looked at."""
    deadline_s = time.monotonic() + _TIMEOUT_S
    while not is_there(_read_phase(frames_path)):
        if time.monotonic() > deadline_s:
            raise RecordingError(
                f"The upload did not end within {_TIMEOUT_S:.0f} s. See what the window shows: "
                "python -m gui --tab contribute"
            )
        hands.point(*_TO_XY)
        hands.key("Right", pause_s=0.0)
        hands.point(*_FROM_XY)


def _read_phase(frames_path: Path) -> str:
    """Return what the tab was at in the newest frame."""
    with frames_path.open("rb") as content:
        content.seek(max(0, content.seek(0, 2) - 512))
        lines = content.read().decode().split("\n")
    return lines[-2].split()[-1] if len(lines) > 1 else ""
