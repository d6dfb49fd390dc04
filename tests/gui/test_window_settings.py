"""The settings in a real window: a look that is chosen holds, and the welcome comes once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gui.kit.tones import DARK, LIGHT
from gui.settings.layout import measure
from tests.gui.screen import (
    Pixels,
    User,
    count_bars,
    count_pixels,
    crop_card,
    crop_photo,
    measure_window,
)

NO_SERVER = "http://127.0.0.1:1"
MANY = 50_000
# From the top of the card to the middle of its buttons.
THEME_BUTTONS_Y = 70


@pytest.fixture
def settings_path(tmp_path: Path) -> Path:
    return tmp_path / "leafray" / "settings.json"


@pytest.fixture
def open_here(
    open_window: Callable[..., User], make_artifact: Callable[..., Path], tmp_path: Path
) -> Callable[..., User]:
    """Open a window of a person without settings."""
    artifact = make_artifact(knows_everything=True, model_version="knows")
    arguments = ("--server", NO_SERVER, "--model", artifact)
    return lambda *paths: open_window(*arguments, *paths, XDG_CONFIG_HOME=str(tmp_path))


def is_light(window: Pixels) -> bool:
    return count_pixels(window, LIGHT.background) > MANY


def is_dark(window: Pixels) -> bool:
    return count_pixels(window, DARK.background) > MANY


def shows_settings(window: Pixels) -> bool:
    """Its cards end where the photo's would go on."""
    return count_pixels(crop_photo(window), LIGHT.background) > MANY


def has_dark_bars(window: Pixels) -> bool:
    return count_bars(crop_card(window), DARK.track, DARK.known) == 5


def has_welcome(window: Pixels) -> bool:
    """It dims the window, and so the strip below its header."""
    frame = measure_window()
    strip = window[frame.header_height + 2 : frame.page.y - 2, frame.page.x :]
    return count_pixels(strip, LIGHT.background) == 0


def click_dark(user: User) -> None:
    page = measure_window().page
    layout = measure(page, scale=1.0)
    x = page.x + layout.left_width + layout.gap + round(0.5 * layout.right_width)
    user.press("mousemove", str(x), str(page.y + THEME_BUTTONS_Y), "sleep", "0.3", "click", "1")


def test_a_dark_window_keeps_its_photo_and_is_dark_again_at_the_next_start(
    open_here: Callable[..., User], leaf_path: Path, settings_path: Path
) -> None:
    user = open_here(leaf_path)
    user.see(lambda window: count_bars(crop_card(window), LIGHT.track, LIGHT.known) == 5, "bars")
    user.press("key", "ctrl+6")
    user.see(shows_settings, "the settings")
    click_dark(user)
    user.see(is_dark, "a dark window")
    user.press("key", "ctrl+1")
    user.see(has_dark_bars, "five bars on dark")
    assert json.loads(settings_path.read_text())["theme"] == "dark"
    again = open_here(leaf_path)
    again.see(has_dark_bars, "five bars on dark at once")


def test_the_welcome_is_read_with_the_keyboard_and_comes_once(
    open_here: Callable[..., User], settings_path: Path
) -> None:
    user = open_here()
    user.see(has_welcome, "the welcome")
    user.press("sleep", "0.3", "key", "Return", "sleep", "0.3", "key", "Return")
    user.press("sleep", "0.3", "key", "Return")
    user.see(lambda window: is_light(window) and not has_welcome(window), "the empty window")
    assert json.loads(settings_path.read_text())["is_welcomed"]
    again = open_here()
    again.see(lambda window: is_light(window) and not has_welcome(window), "no second welcome")


def test_the_welcome_is_skipped_with_escape(
    open_here: Callable[..., User], settings_path: Path
) -> None:
    user = open_here()
    user.see(has_welcome, "the welcome")
    user.press("sleep", "0.3", "key", "Escape")
    user.see(lambda window: is_light(window) and not has_welcome(window), "the empty window")
