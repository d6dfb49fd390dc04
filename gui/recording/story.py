"""What is filmed, scene by scene, from the welcome to the dark look."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gui.dataset.layout import measure as measure_dataset
from gui.diagnose.layout import measure as measure_diagnose
from gui.kit.layout import measure_frame
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
_RETRAIN = measure_retrain(_PAGE, scale=1.0)
_PARTS_Y = _RETRAIN.parts.y + _RETRAIN.parts.height // 2

# Where paths are typed on the first tab, and on the one of giving.
PATH_XY = SOURCE_XY = (_PAGE.x + 120, _PAGE.y + 22)
MODELS_XY = (_PAGE.x + 170, _PARTS_Y)
HISTORY_XY = (_PAGE.x + 290, _PARTS_Y)
ROLL_BACK_XY = (_PAGE.x + 140, _RETRAIN.body.y + 92)
DARK_Y = _PAGE.y + 70


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
    time.sleep(0.8)
    cast.hands.key("Return", "Return", "Return", pause_s=0.8)


def _diagnose_a_leaf(cast: Cast) -> None:
    hands = cast.hands
    hands.enter(*PATH_XY, str(cast.material.leaf_path))
    time.sleep(2)
    photo = measure_diagnose(_PAGE, scale=1.0, has_strip=False).photo
    hands.click(photo.x + 20, photo.y + 20)
    hands.key("h", pause_s=3)
    hands.key("h")


def _look_through_a_folder(cast: Cast) -> None:
    hands = cast.hands
    hands.enter(*PATH_XY, str(cast.material.folder))
    time.sleep(2)
    photo = measure_diagnose(_PAGE, scale=1.0, has_strip=True).photo
    hands.click(photo.x + 20, photo.y + 20)
    hands.key("Right", "Right", pause_s=0.8)
    hands.key("v", pause_s=3)


def _look_at_the_data(cast: Cast) -> None:
    hands = cast.hands
    hands.key("ctrl+2", pause_s=2.5)
    hands.key("Right", pause_s=1.5)
    hands.key("Right", pause_s=1.5)
    card = measure_dataset(_PAGE, scale=1.0).card
    hands.point(_PAGE.x + card.x + card.width // 2, _PAGE.y + card.y + card.height // 2)
    time.sleep(1.5)
    hands.key("Right", "Right", pause_s=0.5)
    hands.key("Right", pause_s=2.5)


def _give_photographs(cast: Cast) -> None:
    hands, uploads = cast.hands, cast.client.uploads

    def stands_at(status: str) -> Callable[[], bool]:
        return lambda: [upload.status for upload in uploads.list_all()] == [status]

    hands.key("ctrl+3", pause_s=1.5)
    hands.enter(*SOURCE_XY, str(cast.material.archive_path))
    time.sleep(3.5)
    hands.key("ctrl+Return")
    _wait(cast, stands_at("checked"), "checked upload")
    time.sleep(3.5)
    # Enter says yes where doubtful labels make the window ask.
    hands.key("ctrl+Return", pause_s=1.5)
    hands.key("Return")
    _wait(cast, stands_at("accepted"), "accepted upload")
    time.sleep(1)


def _train(cast: Cast) -> None:
    hands, client = cast.hands, cast.client
    hands.key("ctrl+4", pause_s=2)
    hands.key("ctrl+Return", pause_s=2)
    _wait(cast, lambda: _find_end(client) is not None, "ended run")
    time.sleep(3)
    if _find_end(client) == "awaiting_approval":
        champion = client.get_model().model_version
        hands.key("ctrl+Return", pause_s=1.5)
        hands.key("Return")
        _wait(cast, lambda: client.get_model().model_version != champion, "new champion")


def _go_back(cast: Cast) -> None:
    hands, client = cast.hands, cast.client
    hands.click(*MODELS_XY, pause_s=2)
    if any("previous" in model.aliases for model in client.loop.list_models()):
        champion = client.get_model().model_version
        hands.click(*ROLL_BACK_XY, pause_s=1.5)
        hands.key("Return")
        _wait(cast, lambda: client.get_model().model_version != champion, "former champion")
        time.sleep(1.5)
    hands.click(*HISTORY_XY, pause_s=2.5)


def _look_at_the_cluster(cast: Cast) -> None:
    cast.hands.key("ctrl+5", pause_s=4)


def _turn_the_lights_down(cast: Cast) -> None:
    hands = cast.hands
    hands.key("ctrl+6", pause_s=1.5)
    layout = measure_settings(_PAGE, scale=1.0)
    x = _PAGE.x + layout.left_width + layout.gap + round(0.5 * layout.right_width)
    hands.click(x, DARK_Y, pause_s=1.5)
    hands.key("ctrl+5", "ctrl+2", "ctrl+1", pause_s=1.5)


def _find_end(client: LeafrayClient) -> str | None:
    """Return how the one run has ended; None before."""
    runs = client.loop.list_runs()
    return runs[0].status if runs and runs[0].ended is not None else None


def _wait(cast: Cast, has_come: Callable[[], bool], what: str) -> None:
    """Wait, in haste for those who watch, until the service has something and the window knows."""
    deadline_s = time.monotonic() + _TIMEOUT_S
    with cast.film.waiting():
        while not has_come():
            if time.monotonic() > deadline_s:
                raise RecordingError(f"The story stopped: no {what} within {_TIMEOUT_S:.0f} s.")
            time.sleep(_POLL_S)
        time.sleep(_NEWS_S)
