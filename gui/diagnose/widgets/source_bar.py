"""Where photos come from: a path, the file dialog, a watched folder."""

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from gui.diagnose import events
from gui.diagnose.paths import split_paths
from gui.diagnose.widgets.dialogs import FolderDialog, PhotoDialog
from gui.kit.layout import Area
from gui.kit.theme import Themes

_HINT = "Path of a photo or a folder, then press Enter"
_SPACING = 8


class SourceBar:
    """Built once; posts what the user asks for."""

    def __init__(
        self,
        post: Callable[[events.Event], None],
        themes: Themes,
        scale: float,
        *,
        photo_dialog: PhotoDialog,
        folder_dialog: FolderDialog,
    ) -> None:
        """Build the parts inside the open container."""
        self._post = post
        self._scale = scale
        self._folder_dialog = folder_dialog
        self._watched_dir: Path | None = None
        with (
            dpg.child_window(border=False, no_scrollbar=True) as self.root,
            dpg.group(horizontal=True),
        ):
            self.field = dpg.add_input_text(
                hint=_HINT,
                on_enter=True,
                auto_select_all=True,
                callback=self._submit,
                tag="path_field",
            )
            self._diagnose = dpg.add_button(
                label="Diagnose", callback=self._submit, width=round(110 * scale)
            )
            dpg.add_button(
                label="Open photos ...",
                callback=photo_dialog.open,
                width=round(148 * scale),
            )
            self._watch = dpg.add_button(
                label="Watch a folder ...",
                callback=self._toggle_watch,
                width=round(168 * scale),
            )
        dpg.bind_item_theme(self.root, themes.plain)
        dpg.bind_item_theme(self._diagnose, themes.primary)

    def show(self, watched_dir: Path | None, area: Area) -> None:
        """Place it, and say whether a folder is watched."""
        self._watched_dir = watched_dir
        dpg.configure_item(self.root, width=area.width, height=area.height)
        buttons = round((110 + 148 + 168 + 3 * _SPACING) * self._scale) + 2
        dpg.configure_item(self.field, width=area.width - buttons)
        label = "Watch a folder ..." if watched_dir is None else "Stop watching"
        dpg.configure_item(self._watch, label=label)

    def _submit(self) -> None:
        paths = split_paths(dpg.get_value(self.field))
        if paths:
            self._post(events.PathsRequested(paths=paths))
        else:
            self._post(
                events.ProblemFound(
                    problem="Name a photo or a folder first: type or paste its path, or press "
                    "Ctrl+O to choose photos."
                )
            )

    def _toggle_watch(self) -> None:
        if self._watched_dir is None:
            self._folder_dialog.open()
        else:
            self._post(events.WatchRequested(folder=None))
