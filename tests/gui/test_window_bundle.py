"""The bundle: built, moved elsewhere, started with nothing of Python in its environment."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cluster.storage import PROJECT_DIR
from gui.kit.tones import TRACK, Tone
from tests.gui.screen import HEIGHT_PX, WIDTH_PX, Display, count_bars, crop_card

BUILD_TIMEOUT_S = 300
START_TIMEOUT_S = 60


@pytest.mark.timeout(BUILD_TIMEOUT_S + START_TIMEOUT_S)
def test_the_bundle_diagnoses_where_there_is_no_python(
    display: Display, leaf_path: Path, tmp_path: Path
) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"),
            *("--distpath", tmp_path / "made", "--workpath", tmp_path / "work"),
            PROJECT_DIR / "gui" / "leafray.spec",
        ],
        check=True,
        timeout=BUILD_TIMEOUT_S,
    )
    program = (tmp_path / "made").rename(tmp_path / "elsewhere") / "leafray" / "leafray"
    assert not list(program.parent.rglob("torch*"))
    size = ["--width", str(WIDTH_PX), "--height", str(HEIGHT_PX)]
    picture_path = tmp_path / "window.png"
    done = subprocess.run(
        [program, "--server", "http://127.0.0.1:1", *size, "--screenshot", picture_path, leaf_path],
        env={"DISPLAY": display.name, "HOME": str(tmp_path), "PATH": "/nowhere"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(picture_path) as image:
        card = crop_card(np.asarray(image.convert("RGB")))
    assert count_bars(card, TRACK, Tone.KNOWN.colour, Tone.WAITING.colour) == 5
