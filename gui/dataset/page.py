"""The tab on what the model has learned from: one picture at a time, and what it proves."""

import tempfile
from pathlib import Path

import dearpygui.dearpygui as dpg

from gui.dataset import events
from gui.dataset.drawing import Drawing, draw
from gui.dataset.layout import measure
from gui.dataset.material import Material
from gui.dataset.state import DatasetState
from gui.dataset.views import Choice, View
from gui.dataset.widgets.picture_card import PictureCard
from gui.dataset.widgets.tip import Tip, create_tip_slots
from gui.dataset.widgets.version_bar import VersionBar
from gui.dataset.widgets.view_bar import ViewBar
from gui.dataset.work import DatasetWork
from gui.kit.layout import Area
from gui.kit.tabs import TabView
from gui.kit.toolkit import Toolkit

# What is on the screen is taken once the tip and the list of choices are gone from it.
_FRAMES_BEFORE_SCREEN = 3
_MAX_FRAMES = 300
_NO_SCREEN = "The graphics driver gave no picture. Try again, or take a screenshot."


class DatasetPage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: DatasetWork) -> None:
        """Build the parts inside the open window; the thumbnails come from ``work``."""
        self._kit = kit
        self._work = work
        self._state = DatasetState()
        self._drawing: Drawing | None = None
        self._drawn_from: tuple[Material, View, Choice, str | None] | None = None
        self._card_area = Area(x=0, y=0, width=1, height=1, gap=0)
        self._mark: int | None = None
        self._screen_path: Path | None = None
        self._num_frames_saving = 0
        slots = kit.kept.get("dataset", lambda: create_tip_slots(kit.kept.yard))
        with dpg.child_window(border=False, tag="dataset_page") as self.root:
            self._bar = VersionBar(kit.post, kit.fonts, kit.themes, kit.scale)
            self._views = ViewBar(kit.post, kit.themes)
            self._card = PictureCard(kit)
            self._tip = Tip(slots, kit.fonts, kit.themes, kit.scale)
        dpg.bind_item_theme(self.root, kit.themes.plain)

    def show(self, view: TabView[DatasetState], area: Area) -> None:
        """Show the chosen picture of the chosen version."""
        state = self._state = view.part
        layout = measure(area, scale=self._kit.scale)
        drawing = self._draw(state)
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        self._card_area = layout.card
        self._bar.show(state, layout.bar, layout.lineage)
        self._views.show(state.view, layout.views, layout.num_columns)
        self._card.show(state, drawing, layout.card)
        self._show_tip(state, drawing)

    def take_keys(self, *, has_ctrl: bool, is_walking: bool) -> bool:
        """F5 reads anew, Ctrl+S saves, arrows go through the pictures; look at the pointer too."""
        self._card.settle()
        self._take_screen()
        self._follow_pointer()
        if is_walking and not has_ctrl:
            return False
        if dpg.is_key_pressed(dpg.mvKey_F5):
            self._kit.post(events.RefreshRequested())
        if has_ctrl and dpg.is_key_pressed(dpg.mvKey_S):
            self._kit.post(events.SaveRequested())
        step = dpg.is_key_pressed(dpg.mvKey_Right) - dpg.is_key_pressed(dpg.mvKey_Left)
        if step and not self._card.is_choosing:
            self._kit.post(events.ViewMoved(step=step))
        return False

    def _draw(self, state: DatasetState) -> Drawing | None:
        """Draw when something changed: a map of 3,000 dots takes 20 ms."""
        if state.material is None:
            self._drawn_from = self._drawing = None
            return None
        drawn_from = (state.material, state.view, state.choice, state.crop)
        if drawn_from != self._drawn_from:
            self._drawing = draw(*drawn_from)
            self._drawn_from = drawn_from
        return self._drawing

    def _show_tip(self, state: DatasetState, drawing: Drawing | None) -> None:
        figure = drawing.figure if drawing else None
        if figure is None or state.mark is None:
            self._tip.hide()
            return
        found = (self._work.get_thumbnail(sha256) for sha256 in figure.get_photos(state.mark))
        left, top = dpg.get_item_pos(self.root)
        x, y = dpg.get_mouse_pos(local=False)
        scrolled = dpg.get_y_scroll(self.root)
        self._tip.show(
            figure.tell(state.mark),
            [photo for photo in found if photo is not None],
            pointer_px=(round(x - left), round(y - top + scrolled)),
            room_px=(self._card_area.width, self._card_area.y + self._card_area.height),
        )

    def _follow_pointer(self) -> None:
        figure = self._drawing.figure if self._drawing else None
        mark = None if figure is None or self._state.is_saving else self._card.find_mark()
        if mark == self._mark and (mark is None) == (self._state.mark is None):
            return
        self._mark = mark
        sha256 = figure.get_photos(mark) if figure and mark is not None else ()
        self._kit.post(events.MarkPointedAt(mark=mark, sha256=sha256))

    def _take_screen(self) -> None:
        """Write what is on the screen to a file; the graphics driver takes some frames."""
        if not self._state.is_saving:
            self._num_frames_saving = 0
            self._screen_path = None
            return
        self._num_frames_saving += 1
        # On a low screen: so that the picture is seen whole.
        dpg.set_y_scroll(self.root, dpg.get_y_scroll_max(self.root))
        if self._num_frames_saving == _FRAMES_BEFORE_SCREEN:
            with tempfile.NamedTemporaryFile(suffix=".png", delete=False) as file:
                self._screen_path = Path(file.name)
            dpg.output_frame_buffer(str(self._screen_path))
        elif self._screen_path is not None and self._screen_path.stat().st_size > 0:
            path, self._screen_path = self._screen_path, None
            self._kit.post(events.ScreenTaken(path=path, box=self._measure_box()))
        elif self._screen_path is not None and self._num_frames_saving > _MAX_FRAMES:
            self._kit.post(events.SaveFailed(problem=_NO_SCREEN))

    def _measure_box(self) -> tuple[float, float, float, float]:
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        area = self._card_area
        left, top = dpg.get_item_pos(self.root)
        x, y = left + area.x, top + area.y - dpg.get_y_scroll(self.root)
        return (
            x / width,
            y / height,
            (x + area.width) / width,
            (y + area.height) / height,
        )
