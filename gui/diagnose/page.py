"""The diagnosing tab: where photos come from, the photo and its answer, or all of a set."""

import dearpygui.dearpygui as dpg

from gui.diagnose import events, heat_events, plant_events
from gui.diagnose.export_events import ExportKind
from gui.diagnose.layout import halve, measure, measure_table
from gui.diagnose.state import DiagnoseState
from gui.diagnose.textures import create_texture_pool
from gui.diagnose.views import View
from gui.diagnose.widgets.compared_card import ComparedCard
from gui.diagnose.widgets.diagnosis_card import DiagnosisCard
from gui.diagnose.widgets.dialogs import FolderDialog, PhotoDialog, SaveDialog
from gui.diagnose.widgets.history_card import HistoryCard
from gui.diagnose.widgets.history_note import HistoryNote
from gui.diagnose.widgets.photo_card import PhotoCard
from gui.diagnose.widgets.source_bar import SourceBar
from gui.diagnose.widgets.strip import Strip
from gui.diagnose.widgets.summary_card import SummaryCard
from gui.diagnose.widgets.table_card import TableCard
from gui.diagnose.widgets.view_bar import ViewBar
from gui.diagnose.work import DiagnoseWork
from gui.kit import keys
from gui.kit.layout import Area
from gui.kit.tabs import TabView
from gui.kit.theme import Item
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.question import Question


class DiagnosePage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: DiagnoseWork) -> None:
        """Build the parts inside the open window; the pictures come from ``work``."""
        self._kit = kit
        self._work = work
        self._state = DiagnoseState()
        textures = kit.kept.get("diagnose", lambda: create_texture_pool(kit.kept.yard))
        self._photo_dialog = PhotoDialog(kit.post, kit.scale)
        folder_dialog = FolderDialog(kit.post, kit.scale)
        save_dialogs = {kind: SaveDialog(kit.post, kind, kit.scale) for kind in ExportKind}
        self._question = Question(kit)
        self._dialogs = (self._photo_dialog, folder_dialog, *save_dialogs.values())
        with dpg.group() as self.root:
            self._source = SourceBar(
                kit.post,
                kit.themes,
                kit.scale,
                photo_dialog=self._photo_dialog,
                folder_dialog=folder_dialog,
            )
            self._bar = ViewBar(kit.post, kit.fonts, kit.themes, kit.scale)
            self._photo = PhotoCard(kit.post, textures.photo, textures.heat, kit)
            self._compared = ComparedCard(textures.compared, kit)
            self._diagnosis = DiagnosisCard(kit, textures.references)
            self._strip = Strip(kit.post, textures.thumbnails, kit.fonts, kit.themes, kit.scale)
            self._table = TableCard(kit)
            self._summary = SummaryCard(kit, save_dialogs)
            self._history = HistoryCard(kit, textures.history)
            self._note = HistoryNote(kit, self._question, work.history_path)
        self._parts: dict[View, tuple[Item, ...]] = {
            View.PHOTO: (self._photo.root, self._diagnosis.root),
            View.TABLE: (self._table.root, self._summary.root),
            View.HISTORY: (self._history.root, self._note.root),
        }

    def show(self, view: TabView[DiagnoseState], area: Area) -> None:
        """Show the view that is chosen, and hide the others."""
        self._state = view.part
        for part, roots in self._parts.items():
            for root in roots:
                dpg.configure_item(root, show=part is self._state.view)
        if self._state.compared is None:
            self._compared.hide()
        match self._state.view:
            case View.PHOTO:
                self._show_photo(self._state, area)
            case View.TABLE:
                self._show_table(self._state, area)
            case View.HISTORY:
                self._show_history(self._state, area)

    def take_keys(self, *, has_ctrl: bool, is_walking: bool) -> bool:
        """Ctrl+O opens photos, arrows go through them, letters change what is seen."""
        if is_walking and not has_ctrl:
            return False
        if self._question.take_keys():
            return True
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
        # In a field the arrows move the cursor, and letters are letters.
        fields = (self._source.field, self._history.field)
        if not has_ctrl and not any(dpg.is_item_active(field) for field in fields):
            self._take_plain_keys()
        return False

    def _take_plain_keys(self) -> None:
        step = dpg.is_key_pressed(dpg.mvKey_Right) - dpg.is_key_pressed(dpg.mvKey_Left)
        if step:
            self._kit.post(events.SelectionMoved(step=step))
        for key, event in (
            (dpg.mvKey_H, heat_events.HeatToggled()),
            (dpg.mvKey_C, events.CompareToggled()),
            (dpg.mvKey_M, plant_events.MarkToggled()),
            (dpg.mvKey_P, plant_events.PlantRequested()),
            (dpg.mvKey_V, events.ViewSelected(view=self._state.view.next)),
        ):
            if dpg.is_key_pressed(key):
                self._kit.post(event)

    def _show_photo(self, state: DiagnoseState, area: Area) -> None:
        has_strip = len(state.photos) > 1 and state.exhibit is None
        layout = measure(area, scale=self._kit.scale, has_strip=has_strip)
        self._show_bars(state, layout.source, layout.bar)
        pictures = self._work.pictures
        image = pictures.exhibit
        if state.exhibit is None:
            image = None if state.selected_idx is None else pictures.get_large(state.selected_idx)
        photo_area = layout.photo
        if state.compared is not None:
            compared_area, photo_area = halve(layout.photo)
            _place(self._compared.root, compared_area)
            self._compared.show(state.compared, pictures.compared, compared_area)
        _place(self._photo.root, photo_area)
        self._photo.show(state, image, pictures.get_heat(state.heat.subject), photo_area)
        _place(self._diagnosis.root, layout.diagnosis)
        self._diagnosis.show(state, pictures.get_reference, layout.diagnosis)
        if has_strip:
            _place(self._strip.root, layout.strip)
            self._strip.show(state, layout.strip, pictures.get_thumbnail)
        else:
            self._strip.hide()

    def _show_table(self, state: DiagnoseState, area: Area) -> None:
        layout = measure_table(area, scale=self._kit.scale)
        self._show_bars(state, layout.source, layout.bar)
        self._strip.hide()
        _place(self._table.root, layout.table)
        self._table.show(state, layout.table)
        _place(self._summary.root, layout.summary)
        self._summary.show(state, layout.summary)

    def _show_history(self, state: DiagnoseState, area: Area) -> None:
        layout = measure_table(area, scale=self._kit.scale)
        self._show_bars(state, layout.source, layout.bar)
        self._strip.hide()
        _place(self._history.root, layout.table)
        self._history.show(state.history, self._work.pictures, layout.table)
        _place(self._note.root, layout.summary)
        self._note.show(state.history, layout.summary)

    def _show_bars(self, state: DiagnoseState, source: Area, bar: Area) -> None:
        _place(self._source.root, source)
        self._source.show(state.watched_dir, source)
        _place(self._bar.root, bar)
        self._bar.show(state, bar)


def _place(root: Item, area: Area) -> None:
    dpg.set_item_pos(root, [area.x, area.y])
