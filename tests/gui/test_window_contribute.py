"""Giving photographs in a real window, with the real application behind it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cluster.uploads.values import UploadStatus
from gui.contribute.layout import ContributeLayout, measure
from gui.kit.tones import ACCENT
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.contract.upload_service import HEALTHY, Control, start_control
from tests.gui.screen import TIMEOUT_S, Pixels, User, count_pixels, crop, measure_window

OpenWindow = Callable[..., User]


@pytest.fixture
def control(tmp_path: Path, champion_dir: Path) -> Iterator[Control]:
    with start_control(champion_dir, tmp_path / "server") as control:
        yield control


def measure_contribute() -> ContributeLayout:
    return measure(measure_window().page, scale=1.0)


def has_green_button(window: Pixels) -> bool:
    return count_pixels(crop(window, measure_contribute().story), ACCENT) > 2000


def wait_for_upload(control: Control, status: UploadStatus) -> str:
    """Return the one upload when it has come so far."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s:
        for upload in control.uploads.store.list_uploads():
            if upload.status is status:
                return upload.upload_id
        time.sleep(0.1)
    raise AssertionError(control.uploads.store.list_uploads())


def test_a_folder_is_labelled_by_a_key_sent_and_taken_into_the_data(
    open_window: OpenWindow, control: Control, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    for name, seed in ((f"{HEALTHY}/1.jpg", 1), (f"{HEALTHY}/2.jpg", 2), ("phone/3.jpg", 3)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encode_jpeg(draw_leaf(seed, size_px=128)))
    user = open_window(
        "--server",
        control.url,
        "--key-file",
        control.secret_path,
        LEAFRAY_HOME=str(tmp_path / "home"),
    )
    user.press("key", "ctrl+3", "sleep", "0.5")
    source = measure_contribute().source
    x, y = source.x + 100, source.y + source.height // 2
    user.press("mousemove", str(x), str(y), "sleep", "0.2", "click", "1", "sleep", "0.3")
    user.press("type", "--delay", "4", str(folder))
    user.press("sleep", "0.2", "key", "Return")
    user.see(has_green_button, "that photographs are ready")
    # A number key means nothing before the model has answered, so it is pressed again.
    for _ in range(5):
        user.press("key", "1", "sleep", "0.8")
    user.press("key", "ctrl+Return")
    upload_id = wait_for_upload(control, UploadStatus.CHECKED)
    items = control.uploads.store.list_items(upload_id)
    assert len(items) == 3
    assert all(item.class_name for item in items)
    user.see(has_green_button, "that the upload can be accepted")
    # Enter says yes where doubtful labels make the window ask.
    user.press("key", "ctrl+Return", "sleep", "1", "key", "Return")
    assert wait_for_upload(control, UploadStatus.ACCEPTED) == upload_id
