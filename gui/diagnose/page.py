"""The diagnosing tab: where photos come from, the photo, its answer, the others of its set."""

import dearpygui.dearpygui as dpg

from gui.diagnose import events
from gui.diagnose.layout import DiagnoseLayout, measure
from gui.diagnose.state import DiagnoseState
from gui.diagnose.textures import create_texture_pool
from gui.diagnose.widgets.diagnosis_card import DiagnosisCard
from gui.diagnose.widgets.dialogs import FolderDialog, PhotoDialog
from gui.diagnose.widgets.photo_card import PhotoCard
from gui.diagnose.widgets.source_bar import SourceBar
from gui.diagnose.widgets.strip import Strip
from gui.diagnose.work import DiagnoseWork
from gui.kit import keys
from gui.kit.layout import Area
from gui.kit.tabs import TabView
from gui.kit.toolkit import Toolkit


class DiagnosePage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: DiagnoseWork) -> None:
        """Build the parts inside the open window; the pictures come from ``work``."""
        self._kit = kit
        self._work = work
        textures = kit.kept.get(create_texture_pool, create_texture_pool)
        self._photo_dialog = PhotoDialog(kit.post, kit.scale)
        folder_dialog = FolderDialog(kit.post, kit.scale)
        self._dialogs = (self._photo_dialog, folder_dialog)
        with dpg.group() as self.root:
            self._source = SourceBar(
                kit.post,
                kit.themes,
                kit.scale,
                photo_dialog=self._photo_dialog,
                folder_dialog=folder_dialog,
            )
            self._photo = PhotoCard(textures.photo, kit.fonts, kit.themes, kit.scale)
            self._diagnosis = DiagnosisCard(kit.fonts, kit.themes, kit.scale)
            self._strip = Strip(kit.post, textures.thumbnails, kit.fonts, kit.themes, kit.scale)

    def show(self, view: TabView[DiagnoseState], area: Area) -> None:
        """Show the selected photo of the set and its answer."""
        diagnose = view.part
        layout = measure(area, scale=self._kit.scale, has_strip=len(diagnose.photos) > 1)
        self._place(layout)
        self._source.show(diagnose.watched_dir, layout.source)
        selected_idx = diagnose.selected_idx
        image = None if selected_idx is None else self._work.get_large(selected_idx)
        self._photo.show(diagnose, image, layout.photo)
        self._diagnosis.show(diagnose, layout.diagnosis)
        self._strip.show(diagnose, layout.strip, self._work.get_thumbnail)

    def take_keys(self, *, has_ctrl: bool) -> bool:
        """Ctrl+O opens photos, arrows go through them, Page keys scroll the answer."""
        dialog = next((dialog for dialog in self._dialogs if dialog.is_open), None)
        if dialog is not None:
            if dpg.is_key_pressed(dpg.mvKey_Escape):
                dialog.close()
            return True
        if has_ctrl and dpg.is_key_pressed(dpg.mvKey_O):
            self._photo_dialog.open()
        page = dpg.is_key_pressed(keys.PAGE_DOWN) - dpg.is_key_pressed(keys.PAGE_UP)
        if page:
            self._diagnosis.scroll(page)
        # In the path field the arrows move the cursor.
        if not dpg.is_item_active(self._source.field):
            step = dpg.is_key_pressed(dpg.mvKey_Right) - dpg.is_key_pressed(dpg.mvKey_Left)
            if step:
                self._kit.post(events.SelectionMoved(step=step))
        return False

    def _place(self, layout: DiagnoseLayout) -> None:
        for part, area in (
            (self._source, layout.source),
            (self._photo, layout.photo),
            (self._diagnosis, layout.diagnosis),
            (self._strip, layout.strip),
        ):
            dpg.set_item_pos(part.root, [area.x, area.y])
