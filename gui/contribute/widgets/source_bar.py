"""Where photographs come from: a path, or the file dialogs."""

from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from gui.contribute import events
from gui.kit.layout import Area
from gui.kit.toolkit import Toolkit

_HINT = "Path of a folder or a zip, then press Enter"
_EMPTY = (
    "Name a folder or a zip first: type or paste its path, or choose one with the buttons beside "
    "the field."
)
_LOOK, _FOLDER, _FILE = 130, 120, 150
_SPACING = 8
_MIN_FIELD = 220
_DIALOG = (820, 520)


class SourceBar:
    """Built once; posts what the user names."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._dialogs = (self._add_folder_dialog(), self._add_file_dialog())
        with (
            dpg.child_window(border=False, no_scrollbar=True) as self.root,
            dpg.group(horizontal=True),
        ):
            self.field = dpg.add_input_text(
                hint=_HINT, on_enter=True, auto_select_all=True, callback=self._submit
            )
            self._look = dpg.add_button(
                label="Look through", width=kit.px(_LOOK), callback=self._submit
            )
            dpg.add_button(label="Folder ...", width=kit.px(_FOLDER), callback=self.open_folders)
            dpg.add_button(
                label="Zip or CSV ...",
                width=kit.px(_FILE),
                callback=lambda: dpg.show_item(self._dialogs[1]),
            )
        dpg.bind_item_theme(self.root, kit.themes.plain)
        dpg.bind_item_theme(self._look, kit.themes.primary)

    def show(self, area: Area) -> None:
        """Place it."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        buttons_px = self._kit.px(_FOLDER + _FILE + 2 * _SPACING) + 2
        look_px = self._kit.px(_LOOK + _SPACING)
        # Enter does the same, and a path wants to be read.
        has_look = area.width - buttons_px - look_px >= self._kit.px(_MIN_FIELD)
        dpg.configure_item(self._look, show=has_look)
        field_px = area.width - buttons_px - (look_px if has_look else 0)
        dpg.configure_item(self.field, width=field_px)

    def open_folders(self) -> None:
        """Show the dialog that chooses a folder."""
        dpg.show_item(self._dialogs[0])

    def take_keys(self) -> bool:
        """Let Escape close a dialog; True while one is open."""
        is_open = [dialog for dialog in self._dialogs if dpg.is_item_shown(dialog)]
        if is_open and dpg.is_key_pressed(dpg.mvKey_Escape):
            dpg.hide_item(is_open[0])
        return bool(is_open)

    def _submit(self) -> None:
        text = dpg.get_value(self.field).strip().strip("\"'").removeprefix("file://")
        if text:
            self._name(Path(text).expanduser())
        else:
            self._kit.post(events.ProblemFound(problem=_EMPTY))

    def _name(self, path: Path) -> None:
        if path.suffix.lower() == ".csv":
            self._kit.post(events.LabelsNamed(path=path))
        else:
            self._kit.post(events.SourceNamed(path=path))

    def _add_folder_dialog(self) -> int | str:
        dialog: int | str = dpg.add_file_dialog(
            label="The folder with the photographs",
            directory_selector=True,
            callback=self._choose,
            **self._get_options(),
        )
        return dialog

    def _add_file_dialog(self) -> int | str:
        dialog: int | str
        with dpg.file_dialog(
            label="A zip with photographs, or a CSV with their labels",
            callback=self._choose,
            **self._get_options(),
        ) as dialog:
            dpg.add_file_extension("Zip or CSV (*.zip *.csv){.zip,.csv,.ZIP,.CSV}")
            dpg.add_file_extension(".*")
        return dialog

    def _get_options(self) -> dict[str, Any]:
        width, height = (self._kit.px(side) for side in _DIALOG)
        return {
            "show": False,
            "modal": True,
            "width": width,
            "height": height,
            "cancel_callback": _ignore,
        }

    def _choose(self, _sender: int, chosen: dict[str, Any]) -> None:
        if chosen.get("file_path_name"):
            self._name(Path(chosen["file_path_name"]))


def _ignore() -> None:
    """Do nothing: a cancelled dialog leaves all as it is."""
