"""The window's benchmark measures the real window, with the real application behind it."""

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.uploads.values import UploadStatus
from gui.bench.processes import measure_cpu_percent, open_window
from gui.bench.upload import measure_upload, write_photos
from gui.recording.service import Service
from tests.contract.upload_service import Control, start_control
from tests.gui.screen import Display

NUM_PHOTOS = 12


@pytest.fixture
def control(tmp_path: Path, champion_dir: Path) -> Iterator[Control]:
    with start_control(champion_dir, tmp_path / "server") as control:
        yield control


def test_the_frames_of_an_upload_are_measured(
    display: Display, control: Control, tmp_path: Path
) -> None:
    environment = {**display.environment, "LEAFRAY_HOME": str(tmp_path / "home")}
    write_photos(tmp_path / "photos", NUM_PHOTOS, first_seed=900)
    service = Service(url=control.url, key_path=control.secret_path, environment=environment)
    frames = measure_upload(service, environment, tmp_path / "photos", tmp_path / "frames.txt")
    (upload,) = control.uploads.store.list_uploads()
    assert upload.status is UploadStatus.CHECKED
    assert len(control.uploads.store.list_items(upload.upload_id)) == NUM_PHOTOS
    assert {"looking", "sending"} <= {frame.phase for frame in frames}
    assert len(frames) > 20
    assert 0 < statistics.median(frame.total_ms for frame in frames) < 500
    assert all(frame.own_cpu_ms <= frame.own_ms + 5 for frame in frames)


def test_a_start_and_idling_are_measured(display: Display, tmp_path: Path) -> None:
    environment = {**display.environment, "LEAFRAY_HOME": str(tmp_path / "home")}
    arguments = ["--timing", "--server", "http://127.0.0.1:1"]
    with open_window("gui", arguments, environment) as window:
        assert 0 < window.first_frame_s < 60
        assert measure_cpu_percent(window.pid, 0.5) >= 0
