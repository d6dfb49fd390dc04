"""A screen is filmed, and what was only waiting is made short."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from gui.recording.film import HASTE, cut, filming
from gui.recording.screen import HEIGHT_PX, WIDTH_PX
from tests.gui.screen import Display

WAIT_S = 2.5


def test_waiting_is_shown_in_haste(display: Display, tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("filming a screen needs ffmpeg (Debian package ffmpeg)")
    with filming(display.name, tmp_path / "raw.mkv") as film:
        time.sleep(1)
        with film.waiting():
            time.sleep(WAIT_S)
        time.sleep(1)
    video = tmp_path / "video.mp4"
    length_s = cut(tmp_path / "raw.mkv", film.waits, video)
    whole_s = cut(tmp_path / "raw.mkv", [], tmp_path / "whole.mp4")
    assert whole_s - length_s == pytest.approx(WAIT_S * (1 - 1 / HASTE), abs=0.5)
    fields = ["-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0"]
    shown = subprocess.run(
        ["ffprobe", "-loglevel", "error", *fields, str(video)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert shown.stdout.strip() == f"h264,{WIDTH_PX},{HEIGHT_PX}"
