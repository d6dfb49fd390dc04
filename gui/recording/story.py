"""What is filmed, scene by scene, from the welcome to the dark look."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gui.contribute.layout import measure as measure_contribute
from gui.dataset.layout import measure as measure_dataset
from gui.diagnose.layout import measure as measure_diagnose
from gui.kit.layout import Area, measure_frame
from gui.recording.film import Film
from gui.recording.material import Material
from gui.recording.screen import HEIGHT_PX, WIDTH_PX, Hands, RecordingError
from gui.retrain.layout import measure as measure_retrain
from gui.settings.layout import measure as measure_settings
from serve_app.client import LeafrayClient

_PAGE = measure_frame(WIDTH_PX, HEIGHT_PX, scale=1.0, has_banner=False).page
_TIMEOUT_S = 180.0
_POLL_S = 0.3
# The window asks a server for news every second or two.
_NEWS_S = 2.5
_AT_WORK = frozenset({"queued", "running"})
# From the corner of a part to the middle of what is clicked.
_FIELD_X = 120
_PARTS_X = {"models": 170, "history": 290}
_ROLL_BACK_XY = (140, 92)
_DARK_Y = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who and what takes part."""

    hands: Hands
    film: Film
    client: LeafrayClient
    material: Material


def tell(cast: Cast, report: Callable[[str], None]) -> None:
    """Go through the whole story, a scene after the other.

    Raises:
        RecordingError: the service did not come to what the story needs.
        ClientError: it does not answer.
    """
    for scene in (
        _be_welcomed,
        _diagnose_a_leaf,
        _look_through_a_folder,
        _look_at_the_data,
        _give_photographs,
        _train,
        _go_back,
        _look_at_the_cluster,
        _turn_the_lights_down,
    ):
        report(scene.__name__.strip("_").replace("_", " "))
        scene(cast)


def _be_welcomed(cast: Cast) -> None:
    time.sleep(1.5)
    cast.hands.key("Return", "Return", "Return", pause_s=1.5)


def _diagnose_a_leaf(cast: Cast) -> None:
    hands = cast.hands
    hands.enter(*_find_field(), str(cast.material.leaf_path))
    time.sleep(3)
    photo = measure_diagnose(_PAGE, scale=1.0, has_strip=False).photo
    hands.click(photo.x + 20, photo.y + 20)
    hands.key("h", pause_s=3.5)
    hands.key("h")


def _look_through_a_folder(cast: Cast) -> None:
    hands = cast.hands
    hands.enter(*_find_field(), str(cast.material.folder))
    time.sleep(2.5)
    photo = measure_diagnose(_PAGE, scale=1.0, has_strip=True).photo
    hands.click(photo.x + 20, photo.y + 20)
    hands.key("Right", "Right", pause_s=1)
    hands.key("v", pause_s=4)


def _look_at_the_data(cast: Cast) -> None:
    hands = cast.hands
    hands.key("ctrl+2", pause_s=3)
    hands.key("Right", pause_s=2.5)
    hands.key("Right", pause_s=2)
    card = measure_dataset(_PAGE, scale=1.0).card
    hands.point(_PAGE.x + card.x + card.width // 2, _PAGE.y + card.y + card.height // 2)
    time.sleep(1.5)
    hands.key("Right", "Right", pause_s=0.8)
    hands.key("Right", pause_s=3)


def _give_photographs(cast: Cast) -> None:
    hands, uploads = cast.hands, cast.client.uploads
    hands.key("ctrl+3", pause_s=1.5)
    source = measure_contribute(_PAGE, scale=1.0).source
    hands.enter(source.x + _FIELD_X, source.y + source.height // 2, str(cast.material.archive_path))
    time.sleep(4.5)
    hands.key("ctrl+Return")
    with cast.film.waiting():
        _wait(lambda: [one.status for one in uploads.list_all()] == ["checked"], "checked upload")
    time.sleep(_NEWS_S + 2)
    # Enter says yes where doubtful labels make the window ask.
    hands.key("ctrl+Return", pause_s=2)
    hands.key("Return")
    with cast.film.waiting():
        _wait(lambda: [one.status for one in uploads.list_all()] == ["accepted"], "taken upload")
    time.sleep(_NEWS_S)


def _train(cast: Cast) -> None:
    hands, loop = cast.hands, cast.client.loop
    hands.key("ctrl+4", pause_s=3)
    hands.key("ctrl+Return", pause_s=3)
    with cast.film.waiting():
        _wait(lambda: [run.status in _AT_WORK for run in loop.list_runs()] == [False], "ended run")
    time.sleep(_NEWS_S + 3)
    if loop.list_runs()[0].status != "awaiting_approval":
        return
    hands.key("ctrl+Return", pause_s=2)
    hands.key("Return")
    with cast.film.waiting():
        _wait(lambda: loop.list_runs()[0].status == "succeeded", "new champion")
    time.sleep(_NEWS_S)


def _go_back(cast: Cast) -> None:
    hands, loop = cast.hands, cast.client.loop
    layout = measure_retrain(_PAGE, scale=1.0)
    parts_y = layout.parts.y + layout.parts.height // 2
    hands.click(layout.parts.x + _PARTS_X["models"], parts_y, pause_s=2.5)
    if loop.list_runs()[0].status == "succeeded":
        trained = cast.client.get_model().model_version
        x, y = _ROLL_BACK_XY
        hands.click(layout.body.x + x, layout.body.y + y, pause_s=2)
        hands.key("Return")
        with cast.film.waiting():
            _wait(lambda: cast.client.get_model().model_version != trained, "model before")
        time.sleep(_NEWS_S)
    hands.click(layout.parts.x + _PARTS_X["history"], parts_y, pause_s=3)


def _look_at_the_cluster(cast: Cast) -> None:
    cast.hands.key("ctrl+5", pause_s=5)


def _turn_the_lights_down(cast: Cast) -> None:
    hands = cast.hands
    hands.key("ctrl+6", pause_s=1.5)
    layout = measure_settings(_PAGE, scale=1.0)
    x = _PAGE.x + layout.left_width + layout.gap + round(0.75 * layout.right_width)
    hands.click(x, _PAGE.y + _DARK_Y, pause_s=2)
    hands.key("ctrl+5", "ctrl+2", "ctrl+1", pause_s=2)


def _find_field() -> tuple[int, int]:
    source: Area = measure_diagnose(_PAGE, scale=1.0, has_strip=False).source
    return source.x + _FIELD_X, source.y + source.height // 2


def _wait(has_come: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + _TIMEOUT_S
    while not has_come():
        if time.monotonic() > deadline_s:
            raise RecordingError(f"The story stopped: no {what} within {_TIMEOUT_S:.0f} s.")
        time.sleep(_POLL_S)
