"""The work behind the tab on what the model has learned from: reading, thumbnails, files."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gui.dataset import events
from gui.dataset.material import Material
from gui.dataset.picture_file import (
    Box,
    PictureNotSavedError,
    find_pictures_dir,
    name_picture,
    save_part,
)
from gui.dataset.state import DatasetState
from gui.dataset.thumbnails import ThumbnailCache, load_thumbnail
from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.home import find_layout
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import TabView
from gui.kit.words import as_sentence
from gui.kit.workers import Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# One for what the server is slow to say, one for thumbnails and files meanwhile.
_NUM_THREADS = 2


class DatasetWork:
    """Turns what is asked of the tab into jobs; keeps its thumbnails."""

    def __init__(
        self,
        desk: Desk[events.Event],
        connection: Connection,
        *,
        bundled_dir: Path | None = None,
        pictures_dir: Path | None = None,
    ) -> None:
        """Take where answers go, and the server; nothing runs yet.

        ``bundled_dir`` None: the champion that came with Leafray; ``pictures_dir`` None: where the
        user's pictures lie.
        """
        self._desk = desk
        self._connection = connection
        self._bundled_dir = bundled_dir
        self._pictures_dir = pictures_dir
        self._layout = find_layout()
        self._workers = Workers("dataset", num_threads=_NUM_THREADS, report_crash=desk.report_crash)
        # Read by workers, written here: lets them skip what nobody waits for any more.
        self._request = 0
        self._pointed_at: tuple[str, ...] = ()
        self._thumbnails = ThumbnailCache()

    def start(self) -> None:
        """Start the threads."""
        self._workers.start()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[DatasetState],
        after: TabView[DatasetState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""
        match event:
            case events.MarkPointedAt():
                self._bring(event.sha256)
            case events.ScreenTaken():
                self._workers.submit(partial(self._save, event.path, event.box, _name(after.part)))
        if _wants_load(event, before, after):
            self._load(after)

    def close(self) -> None:
        """End the threads; a request under way is left behind."""
        self._workers.close()

    def get_thumbnail(self, sha256: str) -> "NDArray[np.uint8] | None":
        """Return a photograph's thumbnail, (H, W, 3) uint8, if it is at hand."""
        return self._thumbnails.get(sha256)

    def _load(self, view: TabView[DatasetState]) -> None:
        self._request += 1
        self._desk.post(events.LoadStarted(request=self._request))
        self._workers.submit(partial(self._read, self._request, view.server, view.part.wanted))

    def _bring(self, sha256: Sequence[str]) -> None:
        self._pointed_at = tuple(sha256)
        missing = [name for name in sha256 if name not in self._thumbnails]
        if missing:
            self._workers.submit(partial(self._read_thumbnails, missing))

    def _keep(self, sha256: str, thumbnail: "NDArray[np.uint8] | None") -> None:
        self._thumbnails.put(sha256, thumbnail)
        if thumbnail is not None and sha256 in self._pointed_at:
            self._desk.post(events.PhotosBrought())

    # From here on: on workers.

    def _read(self, request: int, server: ServerStatus, wanted: str | None) -> None:
        if request != self._request:
            return
        from gui.dataset.loading import NothingToShowError

        try:
            material = self._read_material(server, wanted)
        except NothingToShowError as error:
            self._desk.post(events.LoadFailed(request=request, problem=str(error)))
        except Exception:
            # Else the tab would say for ever that it is reading.
            self._desk.post(events.LoadFailed(request=request, problem="Nothing could be read."))
            raise
        else:
            self._desk.post(events.MaterialLoaded(request=request, material=material))

    def _read_material(self, server: ServerStatus, wanted: str | None) -> Material:
        from gui.dataset.loading import NothingToShowError, load_bundled, load_from_server
        from models.artifact import CHAMPION_DIR
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        bundled_dir = self._bundled_dir or CHAMPION_DIR
        if server.mode is not ServerMode.ONLINE:
            return load_bundled(bundled_dir)
        try:
            client = self._connection.get_client()
            return load_from_server(client, bundled_dir, wanted=wanted)
        except (ClientError, KeyFileUnusableError, NothingToShowError) as error:
            remark = f"The server did not show its own: {as_sentence(str(error))}"
            return load_bundled(bundled_dir, remark=remark)

    def _read_thumbnails(self, sha256: Sequence[str]) -> None:
        for name in sha256:
            if name in self._pointed_at:
                thumbnail = load_thumbnail(self._layout, name)
                self._desk.hand_over(partial(self._keep, name, thumbnail))

    def _save(self, screen_path: Path, box: Box, name: str) -> None:
        folder = self._pictures_dir or find_pictures_dir()
        try:
            path = save_part(screen_path, box, folder, name)
        except PictureNotSavedError as error:
            self._desk.post(events.SaveFailed(problem=str(error)))
        except Exception:
            self._desk.post(events.SaveFailed(problem="The picture could not be saved."))
            raise
        else:
            self._desk.post(events.PictureSaved(path=path))


def _wants_load(
    event: events.Event | None, before: TabView[DatasetState], after: TabView[DatasetState]
) -> bool:
    """Tell whether to read anew: the tab was opened, or who answers, or what is wanted, changed."""
    if not after.is_open or after.server.mode is ServerMode.CHECKING:
        return False
    return (
        isinstance(event, events.RefreshRequested)
        or not before.is_open
        or before.server != after.server
        or before.part.wanted != after.part.wanted
    )


def _name(state: DatasetState) -> str:
    chosen = state.material.chosen if state.material else ""
    return name_picture(chosen, state.view.value, state.choice.value, state.crop or "")
