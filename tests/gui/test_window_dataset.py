"""The dataset tab in a real window: the bundled champion's data, by keys and pointer."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gui.dataset.layout import measure
from gui.kit.layout import Area
from gui.kit.series import SERIES
from gui.kit.tones import ACCENT
from tests.gui.screen import TIMEOUT_S, Pixels, User, count_pixels, crop, measure_window

NO_SERVER = "http://127.0.0.1:1"
TO_LEARN_FROM = SERIES[0]


@pytest.fixture
def user(open_window: Callable[..., User], tmp_path: Path) -> User:
    """Somebody who has gone to the tab."""
    user = open_window("--server", NO_SERVER, HOME=str(tmp_path))
    user.press("key", "ctrl+2")
    return user


def find_card() -> Area:
    """Return where the picture lies in the window."""
    page = measure_window().page
    card = measure(page, scale=1.0).card
    return Area(
        x=page.x + card.x, y=page.y + card.y, width=card.width, height=card.height, gap=card.gap
    )


def has_bars(window: Pixels) -> bool:
    return count_pixels(crop(window, find_card()), TO_LEARN_FROM) > 10_000


def has_map(window: Pixels) -> bool:
    return has_dots_of_all_crops(crop(window, find_card()))


def has_dots_of_all_crops(picture: Pixels) -> bool:
    """Every crop has a colour of its own."""
    return all(count_pixels(picture, colour) > 50 for colour in SERIES)


def has_matrix(window: Pixels) -> bool:
    return count_pixels(crop(window, find_card()), ACCENT) > 3000


def test_pictures_are_gone_through_pointed_at_and_saved(user: User, tmp_path: Path) -> None:
    bars = user.see(has_bars, "the bars of the crops")
    user.press("key", "Right", "sleep", "0.2", "key", "Right")
    user.see(has_map, "the map of look-alikes")
    user.press("key", "ctrl+s")
    saved = wait_for_picture(tmp_path / "Pictures")
    assert saved.shape == (find_card().height, find_card().width, 3)
    assert has_dots_of_all_crops(saved)
    user.press("key", "Left", "sleep", "0.2", "key", "Left")
    user.see(has_bars, "the bars again")

    card = find_card()
    x, y = card.x + card.width // 2, card.y + card.height // 2
    user.press("mousemove", str(x), str(y), "sleep", "0.2", "mousemove", str(x + 3), str(y))
    beside = Area(x=x + 24, y=y + 24, width=80, height=40, gap=0)
    user.see(
        lambda window: int((crop(window, beside) != crop(bars, beside)).sum()) > 300,
        "what the bar says beside the pointer",
    )


def test_the_view_that_is_clicked_is_shown(user: User) -> None:
    user.see(has_bars, "the bars of the crops")
    page = measure_window().page
    views = measure(page, scale=1.0).views
    x, y = page.x + views.width - 40, page.y + views.y + views.height // 2
    user.press("mousemove", str(x), str(y), "sleep", "0.2", "click", "1")
    user.see(has_matrix, "what is mixed up")


def wait_for_picture(folder: Path) -> Pixels:
    """Return the picture that appears in a folder."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while not (found := sorted(folder.glob("leafray-*.png"))):
        assert time.monotonic() < deadline_s, "no picture was saved"
        time.sleep(0.1)
    with Image.open(found[0]) as picture:
        return np.asarray(picture.convert("RGB"))
