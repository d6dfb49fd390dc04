"""The real command on a real display, without a server: pictures of the window are read."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gui.kit.tones import ERROR_TINT, TRACK, Tone
from models.artifact import CHAMPION_DIR, load_card
from tests.gui.screen import (
    HEIGHT_PX,
    WIDTH_PX,
    Display,
    Pixels,
    count_bars,
    count_colours,
    count_pixels,
    crop_card,
    crop_photo,
)

Shoot = Callable[..., Pixels]
MakeArtifact = Callable[..., Path]

TIMEOUT_S = 120.0
# Nothing listens here: the port is reserved and needs root.
NO_SERVER = "http://127.0.0.1:1"
MANY_COLOURS = 2000


@pytest.fixture
def shoot(display: Display, tmp_path: Path) -> Shoot:
    """Return what runs the command and reads the picture that it writes."""

    def run(*arguments: str | Path) -> Pixels:
        path = tmp_path / "shot.png"
        command = [sys.executable, "-m", "gui", "--server", NO_SERVER, "--screenshot", str(path)]
        done = subprocess.run(
            [*command, "--width", str(WIDTH_PX), "--height", str(HEIGHT_PX), *map(str, arguments)],
            env=display.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        assert pixels.shape == (HEIGHT_PX, WIDTH_PX, 3)
        return pixels

    return run


def test_a_known_leaf_is_shown_with_five_bars(
    shoot: Shoot, make_artifact: MakeArtifact, leaf_path: Path
) -> None:
    artifact = make_artifact(knows_everything=True, model_version="knows")
    window = shoot("--model", artifact, leaf_path)
    card = crop_card(window)
    assert count_bars(card, TRACK, Tone.KNOWN.colour) == 5
    assert count_pixels(card, Tone.KNOWN.colour) > 300
    assert count_pixels(card, Tone.UNKNOWN.colour) == 0
    assert count_colours(crop_photo(window)) > MANY_COLOURS


def test_an_unknown_leaf_has_grey_bars_and_is_marked(
    shoot: Shoot, make_artifact: MakeArtifact, leaf_path: Path
) -> None:
    artifact = make_artifact(knows_everything=False, model_version="doubts")
    card = crop_card(shoot("--model", artifact, leaf_path))
    assert count_bars(card, TRACK, Tone.WAITING.colour) == 5
    assert count_pixels(card, Tone.UNKNOWN.colour) > 20
    assert count_pixels(card, Tone.KNOWN.colour) == 0


def test_a_text_named_jpg_is_said_and_has_no_bars(
    shoot: Shoot, make_artifact: MakeArtifact, tmp_path: Path
) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("Dear doctor, my tomatoes look bad.")
    artifact = make_artifact(knows_everything=True, model_version="knows")
    card = crop_card(shoot("--model", artifact, path))
    assert count_bars(card, TRACK) == 0
    assert count_pixels(card, Tone.FAILED.colour) > 20


def test_a_missing_path_is_said_in_the_banner(shoot: Shoot, tmp_path: Path) -> None:
    assert count_pixels(shoot(tmp_path / "nowhere.jpg"), ERROR_TINT) > 10_000


def test_an_empty_window_can_be_shown(shoot: Shoot) -> None:
    window = shoot()
    assert count_bars(crop_card(window), TRACK) == 0
    assert count_pixels(window, ERROR_TINT) == 0


def test_a_missing_model_is_said_and_the_photo_shown(
    shoot: Shoot, leaf_path: Path, tmp_path: Path
) -> None:
    window = shoot("--model", tmp_path / "no-model", leaf_path)
    assert count_pixels(crop_card(window), Tone.FAILED.colour) > 20
    assert count_colours(crop_photo(window)) > MANY_COLOURS


def test_the_bundled_champion_answers(shoot: Shoot, leaf_path: Path) -> None:
    assert load_card(CHAMPION_DIR).model_version
    card = crop_card(shoot(leaf_path))
    assert count_bars(card, TRACK, Tone.KNOWN.colour, Tone.WAITING.colour) == 5
    assert count_pixels(card, Tone.FAILED.colour) == 0


def test_a_screenshot_that_cannot_be_written_is_said(display: Display, tmp_path: Path) -> None:
    path = tmp_path / "no-folder" / "shot.png"
    done = subprocess.run(
        [sys.executable, "-m", "gui", "--server", NO_SERVER, "--screenshot", path],
        env=display.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"cannot write {path}: ")


def test_an_idle_window_sleeps_and_starts_quickly(display: Display) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gui", "--server", NO_SERVER, "--timing"],
        env=display.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("first frame after ")
        # The aim is 1.5 s by the clock; processor time does not depend on who else is working.
        assert read_cpu_s(process.pid) < 3.0
        time.sleep(4.0)
        before_s = read_cpu_s(process.pid)
        time.sleep(4.0)
        assert process.poll() is None
        assert (read_cpu_s(process.pid) - before_s) / 4.0 < 0.03
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(TIMEOUT_S)
        if process.stdout is not None:
            process.stdout.close()


def read_cpu_s(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
