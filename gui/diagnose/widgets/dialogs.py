"""Dear PyGui's own file dialogs, opened on demand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from gui.diagnose import events
from gui.diagnose.export_events import ExportKind, ExportRequested

_MAX_FILES = 1000
_PHOTO_FILTER = "Photos (*.jpg *.jpeg *.png *.webp){.jpg,.jpeg,.png,.webp,.JPG,.JPEG,.PNG,.WEBP}"
_SAVE_LABELS = {
    ExportKind.CSV: "Save the table for a spreadsheet",
    ExportKind.REPORT: "Save the report: print it from a browser",
}


class _Dialog:
    """A dialog that was built and is hidden."""

    _root: int | str

    @property
    def is_open(self) -> bool:
        """It is on the screen."""
        return bool(dpg.is_item_shown(self._root))

    def open(self) -> None:
        """Show it."""
        dpg.show_item(self._root)

    def close(self) -> None:
        """Hide it; nothing is chosen."""
        dpg.hide_item(self._root)


class PhotoDialog(_Dialog):
    """Chooses one or more photos (Ctrl or Shift and a click for several)."""

    def __init__(self, post: Callable[[events.Event], None], scale: float) -> None:
        """Build the dialog, hidden."""
        self._post = post
        with dpg.file_dialog(
            label="Open photos (Ctrl or Shift and a click chooses several)",
            show=False,
            modal=True,
            file_count=_MAX_FILES,
            width=round(820 * scale),
            height=round(520 * scale),
            callback=self._choose,
            cancel_callback=_ignore,
            tag="photo_dialog",
        ) as self._root:
            dpg.add_file_extension(_PHOTO_FILTER)
            dpg.add_file_extension(".*")

    def _choose(self, _sender: int, chosen: dict[str, Any]) -> None:
        paths = tuple(Path(path) for path in chosen.get("selections", {}).values())
        if not paths and chosen.get("file_path_name"):
            paths = (Path(chosen["file_path_name"]),)
        if paths:
            self._post(events.PathsRequested(paths=paths))


class FolderDialog(_Dialog):
    """Chooses the folder to watch."""

    def __init__(self, post: Callable[[events.Event], None], scale: float) -> None:
        """Build the dialog, hidden."""
        self._post = post
        self._root = dpg.add_file_dialog(
            label="Watch a folder: photos that arrive there are diagnosed",
            show=False,
            modal=True,
            directory_selector=True,
            width=round(820 * scale),
            height=round(520 * scale),
            callback=self._choose,
            cancel_callback=_ignore,
            tag="folder_dialog",
        )

    def _choose(self, _sender: int, chosen: dict[str, Any]) -> None:
        folder = chosen.get("file_path_name")
        if folder:
            self._post(events.WatchRequested(folder=Path(folder)))


class SaveDialog(_Dialog):
    """Names the file that a set is saved as."""

    def __init__(
        self, post: Callable[[events.Event], None], kind: ExportKind, scale: float
    ) -> None:
        """Build the dialog for a kind of file, hidden."""
        self._post = post
        self._kind = kind
        with dpg.file_dialog(
            label=_SAVE_LABELS[kind],
            show=False,
            modal=True,
            default_path=str(Path.home()),
            width=round(820 * scale),
            height=round(520 * scale),
            callback=self._choose,
            cancel_callback=_ignore,
            tag=f"save_dialog_{kind.name.lower()}",
        ) as self._root:
            # Without one the dialog shows folders only, and its OK does nothing.
            dpg.add_file_extension(kind.value)

    def ask(self, name: str) -> None:
        """Show it with a name to begin with."""
        dpg.configure_item(self._root, default_filename=name)
        self.open()

    def _choose(self, _sender: int, chosen: dict[str, Any]) -> None:
        path = chosen.get("file_path_name")
        if path:
            self._post(ExportRequested(kind=self._kind, path=Path(path)))


def _ignore() -> None:
    """Do nothing: a cancelled dialog leaves all as it is."""
