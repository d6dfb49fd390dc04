"""One window, used by mouse and keyboard: what goes wrong is said and the window goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gui.kit.tones import BACKGROUND, ERROR_TINT, TRACK, Tone
from tests.gui.screen import (
    Pixels,
    User,
    count_bars,
    count_pixels,
    crop_card,
    measure_window,
)

NO_SERVER = "http://127.0.0.1:1"
WIDE_PX, TALL_PX = 1600, 900


@pytest.fixture
def user(open_window: Callable[..., User], make_artifact: Callable[..., Path]) -> User:
    artifact = make_artifact(knows_everything=True, model_version="knows")
    return open_window("--server", NO_SERVER, "--model", artifact)


def has_five_bars(window: Pixels) -> bool:
    return count_bars(crop_card(window), TRACK, Tone.KNOWN.colour) == 5


def shows_sections(window: Pixels) -> bool:
    """The headings of sections lie on bands of the background's colour, across the card."""
    return count_pixels(crop_card(window), BACKGROUND) > 15_000


def has_failed(window: Pixels) -> bool:
    return count_pixels(crop_card(window), Tone.FAILED.colour) > 20


def has_banner(window: Pixels) -> bool:
    return count_pixels(window, ERROR_TINT) > 10_000


def has_dialog(window: Pixels) -> bool:
    """A modal dialog dims the window, and so the strip below its header."""
    frame = measure_window()
    strip = window[frame.header_height + 2 : frame.page.y - 2, frame.page.x :]
    return count_pixels(strip, BACKGROUND) == 0


def test_errors_are_said_and_the_window_stays_usable(
    user: User, leaf_path: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_text("no picture")
    user.enter(leaf_path)
    user.see(has_five_bars, "five bars")
    user.enter(letter)
    user.see(has_failed, "that the text is no photo")
    user.enter(tmp_path / "nowhere")
    user.see(has_banner, "that the path does not exist")
    user.press("key", "Escape")
    user.see(lambda window: not has_banner(window), "the window without the banner")
    user.enter(leaf_path)
    user.see(has_five_bars, "five bars again")


def test_page_keys_scroll_to_what_to_do_and_another_photo_begins_at_the_top(
    user: User, leaf_path: Path
) -> None:
    user.enter(leaf_path)
    user.see(has_five_bars, "five bars")
    user.press("key", "Next")
    user.see(lambda window: shows_sections(window) and not has_five_bars(window), "what to do")
    user.press("key", "Prior", "sleep", "0.2", "key", "Prior")
    user.see(has_five_bars, "the top again")
    user.press("key", "Next", "sleep", "0.2", "key", "Next")
    user.see(lambda window: not has_five_bars(window), "the end")
    user.enter(leaf_path)
    user.see(has_five_bars, "the top of the next answer")


def test_ctrl_o_opens_the_dialog_and_escape_closes_it(user: User) -> None:
    user.see(lambda window: not has_dialog(window), "the window without the dialog")
    user.press("key", "ctrl+o")
    user.see(has_dialog, "the file dialog")
    user.press("sleep", "0.3", "key", "Escape")
    user.see(lambda window: not has_dialog(window), "the window without the dialog")


def test_the_parts_follow_the_size_of_the_window(user: User, leaf_path: Path) -> None:
    user.enter(leaf_path)
    user.see(has_five_bars, "five bars")
    user.press("windowsize", user.window_id, str(WIDE_PX), str(TALL_PX))

    def fills(screen: Pixels) -> bool:
        right_half = screen[:TALL_PX, WIDE_PX // 2 : WIDE_PX]
        reaches_right = count_pixels(screen[:TALL_PX, WIDE_PX - 20 : WIDE_PX], BACKGROUND) > 5000
        return reaches_right and count_bars(right_half, TRACK, Tone.KNOWN.colour) >= 5

    user.display.wait(fills, "five bars in the larger window")
