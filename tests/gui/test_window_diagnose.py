"""The diagnosing tab beyond one answer: the evidence, the table of a set, the history."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cluster.storage import Layout
from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.diagnose.history_file import HistoryFile
from gui.diagnose.layout import TableLayout, measure_table
from gui.diagnose.photos import Photo, PhotoStatus
from gui.diagnose.previews import create_preview
from gui.kit.tones import ALSO, TRACK, Tone
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.gui.screen import (
    HEIGHT_PX,
    WIDTH_PX,
    Pixels,
    User,
    count_bars,
    count_colours,
    crop,
    crop_card,
    crop_photo,
    measure_diagnose,
    measure_window,
)

OpenWindow = Callable[..., User]
MakeArtifact = Callable[..., Path]

NO_SERVER = "http://127.0.0.1:1"
# A list without thumbnails has the colours of its letters' edges only.
MIN_PHOTO_COLOURS = 400


def measure_set() -> TableLayout:
    return measure_table(measure_window().page, scale=1.0)


def has_five_bars(window: Pixels) -> bool:
    return count_bars(crop_card(window), TRACK, Tone.KNOWN.colour) == 5


def has_answer_of_the_history(window: Pixels) -> bool:
    return count_bars(crop_card(window), TRACK, ALSO, Tone.KNOWN.colour) == 5


def is_red(window: Pixels) -> bool:
    """The evidence of an artifact that sees one mean colour lies all over the photo."""
    red, green = (crop_photo(window)[..., idx].astype(int) for idx in (0, 1))
    return int(np.count_nonzero(red > green + 40)) > 20_000


def counts_conditions(window: Pixels) -> bool:
    """The summary of a set has a bar for each of its two kinds, and the longest is full."""
    card = crop(window, measure_set().summary)
    return count_bars(card, Tone.KNOWN.colour) >= 1 and count_bars(card, Tone.FAILED.colour) == 1


def lists_photos(window: Pixels) -> bool:
    return count_colours(crop(window, measure_set().table)) > MIN_PHOTO_COLOURS


def leave_the_field(user: User) -> None:
    photo = measure_diagnose().photo
    user.press("mousemove", str(photo.x + 20), str(photo.y + 20), "click", "1", "sleep", "0.3")


def test_h_lays_the_evidence_over_the_photo_and_takes_it_away(
    open_window: OpenWindow, make_artifact: MakeArtifact, leaf_path: Path
) -> None:
    artifact = make_artifact(knows_everything=True, model_version="knows")
    user = open_window("--server", NO_SERVER, "--model", artifact, leaf_path)
    user.see(has_five_bars, "five bars")
    assert not is_red(user.display.grab())
    leave_the_field(user)
    user.press("key", "h")
    user.see(is_red, "the evidence in red")
    user.press("key", "h")
    user.see(lambda window: not is_red(window), "the photo alone")


def test_v_shows_the_set_as_a_table_that_is_saved_and_a_row_leads_to_its_photo(
    open_window: OpenWindow, make_artifact: MakeArtifact, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for idx in range(3):
        leaf = encode_jpeg(draw_leaf(idx, size_px=300, class_idx=3))
        (folder / f"{idx}.jpg").write_bytes(leaf)
    (folder / "letter.jpg").write_text("no picture")
    artifact = make_artifact(knows_everything=True, model_version="knows")
    saved_dir = tmp_path / "saved"
    saved_dir.mkdir()
    arguments = ("--server", NO_SERVER, "--model", artifact, folder)
    user = open_window(*arguments, HOME=str(saved_dir))
    user.see(has_five_bars, "five bars")
    leave_the_field(user)
    user.press("key", "v")
    user.see(counts_conditions, "what the set shows, counted")
    summary = measure_set().summary
    user.press(
        "mousemove", str(summary.x + 140), str(summary.y + 157), "sleep", "0.2", "click", "1"
    )
    # The dialog lies in the middle, 820 x 520 large; OK is at its lower left.
    ok_x, ok_y = (WIDTH_PX - 820) // 2 + 36, (HEIGHT_PX - 520) // 2 + 492
    user.press("sleep", "0.5", "mousemove", str(ok_x), str(ok_y), "sleep", "0.3", "click", "1")
    user.see(lambda _: any(saved_dir.glob("leafray *.csv")), "that the table is saved")
    (saved,) = saved_dir.glob("leafray *.csv")
    assert len(saved.read_text().splitlines()) == 5
    table = measure_set().table
    user.press("mousemove", str(table.x + 60), str(table.y + 62), "sleep", "0.2", "click", "1")
    user.see(has_five_bars, "the photo of the row")


def test_the_history_is_listed_and_an_entry_can_be_opened(
    open_window: OpenWindow, make_artifact: MakeArtifact, leaf_path: Path, tmp_path: Path
) -> None:
    layout = Layout(home=tmp_path / "home")
    score = Score(class_name="apple__healthy", display_name="Apple, healthy", probability=0.9)
    diagnosis = Diagnosis(
        top=(score,) * 5,
        plausible=(score.class_name,),
        is_known=True,
        refusal_code=None,
        refusal_reason=None,
        model_version="before",
        latency_ms=1.0,
        origin=Origin.LAPTOP,
    )
    photo = Photo(path=leaf_path, status=PhotoStatus.DIAGNOSED, diagnosis=diagnosis)
    thumbnail = encode_jpeg(create_preview(draw_leaf(7, size_px=300, class_idx=3)).thumbnail)
    HistoryFile(layout.window_history_path).add(photo, "leaf", datetime.now(UTC), thumbnail)
    user = open_window("--server", NO_SERVER, LEAFRAY_HOME=str(layout.home))
    leave_the_field(user)
    user.press("key", "v", "sleep", "0.3", "key", "v")
    user.see(lists_photos, "the photo in the history")
    card = measure_set().table
    user.press("mousemove", str(card.x + 50), str(card.y + 105), "sleep", "0.2", "click", "1")
    user.see(
        lambda window: count_bars(crop_card(window), TRACK, ALSO, Tone.KNOWN.colour) == 5,
        "its answer",
    )
    user.press("key", "Escape")
    user.see(lists_photos, "the history again")
