"""A screen filmed by ffmpeg, then cut: waiting is made short, and the file small enough to show."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gui.recording.screen import HEIGHT_PX, WIDTH_PX, RecordingError

FRAMES_PER_S = 12
MAX_BYTES = 4_000_000
# Of the frames in which one only waits, one in so many is kept.
HASTE = 8

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 60.0
_CUT_TIMEOUT_S = 600.0
_POLL_S = 0.05
# Letters stay sharp, and a minute and a half stays below two megabytes.
_QUALITY = "26"

Span = tuple[float, float]


class Film:
    """What is being filmed; knows when one only waited."""

    def __init__(self, started_s: float) -> None:
        """Begin with the clock at the first picture."""
        self._started_s = started_s
        self.waits: list[Span] = []

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Mark a time that is shown in haste."""
        from_s = time.monotonic() - self._started_s
        yield
        self.waits.append((from_s, time.monotonic() - self._started_s))


@contextmanager
def filming(display: str, raw_path: Path) -> Iterator[Film]:
    """Film a screen into a file, without loss, until the block ends."""
    source = ["-f", "x11grab", "-framerate", str(FRAMES_PER_S)]
    source += ["-video_size", f"{WIDTH_PX}x{HEIGHT_PX}", "-i", display]
    # Without loss and with little work: the cores belong to what is filmed.
    target = ["-r", str(FRAMES_PER_S), "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]
    with subprocess.Popen(
        ["ffmpeg", "-loglevel", "error", "-y", *source, *target, str(raw_path)],
        stdin=subprocess.PIPE,
    ) as camera:
        try:
            _wait_for_camera(camera, raw_path)
            yield Film(time.monotonic())
        finally:
            # It ends a film properly when it is told to quit.
            camera.communicate(b"q", timeout=_STOP_TIMEOUT_S)
    if camera.returncode:
        raise RecordingError("ffmpeg could not film the screen; what it printed stands above.")


def cut(raw_path: Path, waits: Sequence[Span], video_path: Path) -> float:
    """Write the video; return its length in seconds.

    Raises:
        RecordingError: ffmpeg failed, or the video is too large to be shown.
    """
    part_path = raw_path.with_name("cut.mp4")
    arguments = ["-vf", f"select='{write_choice(waits)}',setpts=N/{FRAMES_PER_S}/TB,format=yuv420p"]
    arguments += ["-r", str(FRAMES_PER_S), "-c:v", "libx264", "-preset", "slow", "-crf", _QUALITY]
    arguments += ["-movflags", "+faststart", "-an", str(part_path)]
    _run("ffmpeg", "-loglevel", "error", "-y", "-i", str(raw_path), *arguments)
    size = part_path.stat().st_size
    if size > MAX_BYTES:
        raise RecordingError(f"The video has {size:,} bytes, more than {MAX_BYTES:,}.")
    video_path.write_bytes(part_path.read_bytes())
    fields = ["-show_entries", "format=duration", "-of", "csv=p=0"]
    return float(_run("ffprobe", "-loglevel", "error", *fields, str(video_path)))


def write_choice(waits: Sequence[Span]) -> str:
    """Return ffmpeg's expression for the frames to keep: all, but of those of waits one in some."""
    if not waits:
        return "1"
    is_waiting = "+".join(f"between(t,{start_s:.2f},{end_s:.2f})" for start_s, end_s in waits)
    return f"if({is_waiting},not(mod(n,{HASTE})),1)"


def _wait_for_camera(camera: subprocess.Popen[bytes], raw_path: Path) -> None:
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while not (raw_path.exists() and raw_path.stat().st_size):
        if camera.poll() is not None or time.monotonic() > deadline_s:
            raise RecordingError("ffmpeg did not begin to film; what it printed stands above.")
        time.sleep(_POLL_S)


def _run(*command: str) -> str:
    try:
        return subprocess.run(
            command, stdout=subprocess.PIPE, text=True, timeout=_CUT_TIMEOUT_S, check=True
        ).stdout
    except subprocess.SubprocessError as error:
        raise RecordingError(f"The film could not be cut ({error}).") from None
