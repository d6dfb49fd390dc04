"""The window: builds the widgets, runs the loop, shows the session's state."""

import time
from pathlib import Path

import dearpygui.dearpygui as dpg

from gui import events
from gui.layout import MIN_HEIGHT_PX, MIN_WIDTH_PX, Layout, measure
from gui.session import Session
from gui.textures import create_texture_pool
from gui.theme import bind_font, create_themes, load_fonts
from gui.tones import BACKGROUND
from gui.wake import POLL_INTERVAL_S, find_wake
from gui.widgets.banner import Banner
from gui.widgets.diagnosis_card import DiagnosisCard
from gui.widgets.dialogs import FolderDialog, PhotoDialog
from gui.widgets.header import Header
from gui.widgets.photo_card import PhotoCard
from gui.widgets.source_bar import SourceBar
from gui.widgets.strip import Strip

_FRAME_S = 1 / 60
_BUSY_FRAME_S = 1 / 20
# Half a second at full rate, in which hover colours and the text cursor settle. In frames, because
# Dear ImGui takes in one key a frame, however long a frame takes on a busy machine.
_NUM_LIVELY_FRAMES = 30
_NUM_SETTLING_FRAMES = 3
# Dear PyGui 2.3.1 still gives mvKey_Prior and mvKey_Next their numbers of version 1.
_KEY_PAGE_UP, _KEY_PAGE_DOWN = 517, 518


class Window:
    """One window on one session; all methods belong to the main thread."""

    def __init__(self, session: Session, *, width_px: int, height_px: int, scale: float) -> None:
        """Create Dear PyGui's context and the viewport; ``close`` ends both."""
        self._session = session
        self._scale = scale
        self._num_quiet_frames = 0
        self._size_px = (0, 0)
        self._had_ctrl = False
        self.num_frames = 0
        dpg.create_context()
        dpg.create_viewport(
            title="Leafray",
            width=width_px,
            height=height_px,
            min_width=MIN_WIDTH_PX,
            min_height=MIN_HEIGHT_PX,
            clear_color=BACKGROUND,
        )
        self._build()
        dpg.setup_dearpygui()
        dpg.show_viewport()
        dpg.set_primary_window(self._root, value=True)
        self._wake = find_wake()

    def render(self) -> None:
        """Take in what has come and draw one frame."""
        has_news = self._session.collect()
        if has_news:
            self._stay_lively()
        self._show(has_news=has_news)
        dpg.render_dearpygui_frame()
        self.num_frames += 1
        self._num_quiet_frames += 1
        self._take_keys()

    def run(self) -> None:
        """Draw until the user closes the window; sleep while nothing happens."""
        self._session.inbox.set_wake(self._wake)
        while dpg.is_dearpygui_running():
            started_s = time.monotonic()
            is_busy = self._session.state.is_busy
            is_lively = self._num_quiet_frames < _NUM_LIVELY_FRAMES
            may_wait = not is_busy and not is_lively and self._wake is not None
            dpg.configure_app(wait_for_input=may_wait)
            self.render()
            if may_wait:
                # Something roused us: input or a worker. Both may take a few frames to show.
                self._stay_lively()
                continue
            frame_s = _FRAME_S if is_lively else _BUSY_FRAME_S if is_busy else POLL_INTERVAL_S
            time.sleep(max(0.0, frame_s - (time.monotonic() - started_s)))

    def save_screenshot(self, path: Path) -> None:
        """Write what is on the screen as a PNG; raises OSError if it cannot be written."""
        self.render()
        path.unlink(missing_ok=True)
        path.touch()
        dpg.output_frame_buffer(str(path))
        deadline_s = time.monotonic() + 10.0
        while path.stat().st_size == 0 and time.monotonic() < deadline_s:
            self.render()
        if path.stat().st_size == 0:
            raise OSError(0, "the graphics driver gave no picture", str(path))

    def close(self) -> None:
        """End the session and the context."""
        self._session.close()
        dpg.destroy_context()

    def _build(self) -> None:
        scale, post = self._scale, self._session.post
        fonts, themes = load_fonts(scale), create_themes(scale)
        if fonts.body:
            dpg.bind_font(fonts.body)
        textures = create_texture_pool()
        self._photo_dialog = PhotoDialog(post, scale)
        folder_dialog = FolderDialog(post, scale)
        self._dialogs = (self._photo_dialog, folder_dialog)
        with dpg.window(no_scrollbar=True, no_scroll_with_mouse=True) as self._root:
            self._header = Header(fonts, themes, scale)
            self._source = SourceBar(
                post, themes, scale, photo_dialog=self._photo_dialog, folder_dialog=folder_dialog
            )
            self._banner = Banner(post, fonts, themes, scale)
            self._photo = PhotoCard(textures.photo, fonts, themes, scale)
            self._diagnosis = DiagnosisCard(fonts, themes, scale)
            self._strip = Strip(post, textures.thumbnails, fonts, themes, scale)
        bind_font(self._root, fonts.body)
        dpg.bind_item_theme(self._root, themes.root)
        self._watch_input()

    def _take_keys(self) -> None:
        """Act on the keys of the frame just drawn.

        Not by key handlers: their callbacks run later, when Ctrl may be up again.
        """
        dialog = next((dialog for dialog in self._dialogs if dialog.is_open), None)
        if dialog is not None:
            if dpg.is_key_pressed(dpg.mvKey_Escape):
                dialog.close()
            return
        has_ctrl = dpg.is_key_down(dpg.mvKey_LControl) or dpg.is_key_down(dpg.mvKey_RControl)
        # A quick hand lets go of Ctrl within the frame that brings the O.
        if (has_ctrl or self._had_ctrl) and dpg.is_key_pressed(dpg.mvKey_O):
            self._photo_dialog.open()
        self._had_ctrl = has_ctrl
        if dpg.is_key_pressed(dpg.mvKey_Escape):
            self._session.post(events.ProblemDismissed())
        page = dpg.is_key_pressed(_KEY_PAGE_DOWN) - dpg.is_key_pressed(_KEY_PAGE_UP)
        if page:
            self._diagnosis.scroll(page)
        # In the path field the arrows move the cursor.
        if not dpg.is_item_active(self._source.field):
            step = dpg.is_key_pressed(dpg.mvKey_Right) - dpg.is_key_pressed(dpg.mvKey_Left)
            if step:
                self._session.post(events.SelectionMoved(step=step))

    def _watch_input(self) -> None:
        """Stay awake while input is taken in.

        Dear ImGui takes one key a frame and keeps the rest: asleep, it would swallow the end of
        what was typed quickly until the next key.
        """
        with dpg.handler_registry():
            for add_handler in (
                dpg.add_key_press_handler,
                dpg.add_key_release_handler,
                dpg.add_mouse_click_handler,
                dpg.add_mouse_release_handler,
                dpg.add_mouse_move_handler,
                dpg.add_mouse_wheel_handler,
            ):
                add_handler(callback=self._stay_lively)

    def _stay_lively(self) -> None:
        self._num_quiet_frames = 0

    def _show(self, *, has_news: bool) -> None:
        size_px = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        # The first frames measure no text yet.
        if not has_news and size_px == self._size_px and self.num_frames > _NUM_SETTLING_FRAMES:
            return
        self._size_px = size_px
        state = self._session.state
        layout = measure(
            *size_px,
            scale=self._scale,
            has_banner=state.problem is not None,
            has_strip=len(state.photos) > 1,
        )
        self._place(layout)
        self._header.show(state.server, layout)
        self._source.show(state.watched_dir, layout)
        self._banner.show(state.problem, layout)
        selected_idx = state.selected_idx
        image = None if selected_idx is None else self._session.get_large(selected_idx)
        self._photo.show(state, image, layout)
        self._diagnosis.show(state, layout)
        self._strip.show(state, layout, self._session.get_thumbnail)

    def _place(self, layout: Layout) -> None:
        left = layout.margin
        dpg.set_item_pos(self._header.root, [0, 0])
        dpg.set_item_pos(self._source.root, [left, layout.source_y])
        dpg.set_item_pos(self._banner.root, [left, layout.banner_y])
        dpg.set_item_pos(self._photo.root, [left, layout.body_y])
        dpg.set_item_pos(
            self._diagnosis.root, [left + layout.photo_width + layout.gap, layout.body_y]
        )
        dpg.set_item_pos(self._strip.root, [left, layout.strip_y])
