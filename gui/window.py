"""The window: builds the widgets, runs the loop, shows the session's state."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from gui import events
from gui.kit import tones
from gui.kit.kept import Kept
from gui.kit.layout import MIN_HEIGHT_PX, MIN_WIDTH_PX, Area, measure_frame
from gui.kit.look import Look, Theme
from gui.kit.tabs import Tab
from gui.kit.theme import bind_font, create_themes, load_fonts
from gui.kit.toolkit import Page, Toolkit
from gui.kit.wake import POLL_INTERVAL_S, find_wake
from gui.kit.walk import Walk, find_switch
from gui.kit.widgets.banner import Banner
from gui.kit.widgets.header import Header
from gui.kit.widgets.rail import Rail
from gui.session import Session
from gui.state import AppState

if TYPE_CHECKING:
    from gui.settings.widgets.welcome import Welcome

_FRAME_S = 1 / 60
_BUSY_FRAME_S = 1 / 20
# Half a second at full rate, in which hover colours and the text cursor settle. In frames, because
# Dear ImGui takes in one key a frame, however long a frame takes on a busy machine.
_NUM_LIVELY_FRAMES = 30
# News are drawn by then, text that was measured anew too. With 30 the tab Cluster, which has news
# every 2 s, took 39 % of a core here (drawn without a graphics card); now it takes 6 %.
_NUM_NEWS_FRAMES = 4
_NUM_SETTLING_FRAMES = 3
_SHOWN_TYPES = frozenset({"mvAppItemType::mvWindowAppItem", "mvAppItemType::mvFileDialog"})


class Window:
    """One window on one session; all methods belong to the main thread."""

    def __init__(self, session: Session, *, width_px: int, height_px: int) -> None:
        """Create Dear PyGui's context and the viewport; ``close`` ends both."""
        self._session = session
        self._kept = Kept()
        self._num_lively_left = _NUM_LIVELY_FRAMES
        self._size_px = (0, 0)
        self._had_ctrl = False
        self._pages: dict[Tab, Page[Any]] = {}
        self._welcome: Welcome | None = None
        self.num_frames = 0
        dpg.create_context()
        dpg.create_viewport(
            title="Leafray",
            width=width_px,
            height=height_px,
            min_width=MIN_WIDTH_PX,
            min_height=MIN_HEIGHT_PX,
        )
        self._walk = Walk(find_switch())
        self._build(session.state.settings.look)
        dpg.setup_dearpygui()
        dpg.show_viewport()
        self._wake = find_wake()

    def render(self) -> None:
        """Take in what has come and draw one frame."""
        has_news = self._session.collect()
        if has_news:
            self._stay_for_news()
        self._show(has_news=has_news)
        self.draw()
        self._kept.yard.settle()
        self.num_frames += 1
        self._num_lively_left = max(0, self._num_lively_left - 1)
        self._take_keys()

    def draw(self) -> None:
        """Let Dear PyGui draw; where the window may sleep, this waits for input first."""
        dpg.render_dearpygui_frame()

    def run(self) -> None:
        """Draw until the user closes the window; sleep while nothing happens."""
        self._session.inbox.set_wake(self._wake)
        while dpg.is_dearpygui_running():
            started_s = time.monotonic()
            is_busy = self._session.state.is_busy
            is_lively = self._num_lively_left > 0
            may_wait = not is_busy and not is_lively and self._wake is not None
            dpg.configure_app(wait_for_input=may_wait)
            self.render()
            if may_wait:
                # Something roused us: a worker, or input, whose handlers ask for more frames.
                self._stay_for_news()
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

    def _build(self, look: Look) -> None:
        self._look, scale = look, look.scale
        self._first_frame = self.num_frames
        tones.use(tones.DARK if look.theme is Theme.DARK else tones.LIGHT)
        dpg.set_viewport_clear_color([*tones.BACKGROUND, 255])
        fonts = self._kept.get(("fonts", scale), lambda: load_fonts(scale))
        themes = create_themes(scale)
        if fonts.body:
            dpg.bind_font(fonts.body)
        post = self._session.post

        def go_to(tab: Tab) -> None:
            post(events.TabSelected(tab=tab))

        self._kit: Toolkit[Any] = Toolkit(
            post=post, go_to=go_to, fonts=fonts, themes=themes, scale=scale, kept=self._kept
        )
        with dpg.window(no_scrollbar=True, no_scroll_with_mouse=True) as self._root:
            self._header = Header(fonts, themes, scale)
            self._rail = Rail(self._kit, go_to)
            self._banner = Banner(lambda: post(events.ProblemDismissed()), fonts, themes, scale)
        bind_font(self._root, fonts.body)
        dpg.bind_item_theme(self._root, themes.root)
        dpg.set_primary_window(self._root, value=True)
        self._watch_input()

    def _rebuild(self, look: Look) -> None:
        """Make every widget anew in another look; what is shown comes from the state again."""
        self._pages.clear()
        self._welcome = None
        roots = set(dpg.get_windows()) - self._kept.roots
        shown = {root for root in roots if dpg.get_item_type(root) in _SHOWN_TYPES}
        for root in shown:
            dpg.delete_item(root)
        # With nothing left on the screen, nothing that was drawn with the rest is in use.
        dpg.render_dearpygui_frame()
        for root in roots - shown:
            dpg.delete_item(root)
        self._build(look)
        self._stay_lively()

    def _show_page(self, state: AppState, area: Area) -> None:
        """Show the open tab, built when it is first looked at, and hide the others."""
        if state.tab not in self._pages:
            dpg.push_container_stack(self._root)
            self._pages[state.tab] = self._build_page(state.tab)
            dpg.pop_container_stack()
        for tab, page in self._pages.items():
            dpg.configure_item(page.root, show=tab is state.tab)
        self._pages[state.tab].show(state.view(state.tab), area)

    def _build_page(self, tab: Tab) -> Page[Any]:
        # Imported when looked at: the first frame waits for one page only.
        match tab:
            case Tab.DIAGNOSE:
                from gui.diagnose.page import DiagnosePage

                return DiagnosePage(self._kit, self._session.diagnose)
            case Tab.DATASET:
                from gui.dataset.page import DatasetPage

                return DatasetPage(self._kit, self._session.dataset)
            case Tab.CONTRIBUTE:
                from gui.contribute.page import ContributePage

                return ContributePage(self._kit, self._session.contribute)
            case Tab.RETRAIN:
                from gui.retrain.page import RetrainPage

                return RetrainPage(self._kit, self._session.retrain)
            case Tab.SERVICE:
                from gui.service.page import ServicePage

                return ServicePage(self._kit, self._session.service)
            case Tab.SETTINGS:
                from gui.settings.page import SettingsPage

                return SettingsPage(self._kit, self._session.settings)

    def _show_welcome(self, state: AppState, size_px: tuple[int, int]) -> None:
        """Show the welcome, built when it is first wanted."""
        if self._welcome is None and state.settings.welcome_page is not None:
            from gui.settings.widgets.welcome import Welcome

            post = self._session.post
            self._welcome = Welcome(
                self._kit, show_leaf=lambda: post(events.TabSelected(tab=Tab.DIAGNOSE))
            )
        if self._welcome is not None:
            self._welcome.show(state.settings, *size_px)

    def _take_keys(self) -> None:
        """Act on the keys of the frame just drawn.

        Not by key handlers: their callbacks run later, when Ctrl may be up again.
        """
        has_ctrl = dpg.is_key_down(dpg.mvKey_LControl) or dpg.is_key_down(dpg.mvKey_RControl)
        # A quick hand lets go of Ctrl within the frame that brings the letter.
        with_ctrl, self._had_ctrl = has_ctrl or self._had_ctrl, has_ctrl
        is_walking = self._walk.take_keys()
        if self._welcome is not None and self._welcome.is_open:
            if not is_walking:
                self._welcome.take_keys()
            return
        page = self._pages[self._session.state.tab]
        is_escape_used = page.take_keys(has_ctrl=with_ctrl, is_walking=is_walking)
        if dpg.is_key_pressed(dpg.mvKey_Escape) and not is_escape_used:
            self._session.post(events.ProblemDismissed())
        for tab, key in zip(Tab, range(dpg.mvKey_1, dpg.mvKey_1 + len(Tab)), strict=True):
            if with_ctrl and dpg.is_key_pressed(key):
                self._session.post(events.TabSelected(tab=tab))

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
        self._num_lively_left = _NUM_LIVELY_FRAMES

    def _stay_for_news(self) -> None:
        self._num_lively_left = max(self._num_lively_left, _NUM_NEWS_FRAMES)

    def _show(self, *, has_news: bool) -> None:
        size_px = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        # The first frames measure no text yet.
        is_settled = self.num_frames > self._first_frame + _NUM_SETTLING_FRAMES
        if not has_news and size_px == self._size_px and is_settled:
            return
        self._size_px = size_px
        state = self._session.state
        if state.settings.look != self._look:
            self._rebuild(state.settings.look)
        frame = measure_frame(
            *size_px, scale=self._look.scale, has_banner=state.shown_problem is not None
        )
        dpg.set_item_pos(self._header.root, [0, 0])
        self._header.show(state.server, frame)
        self._rail.show(state.tab, frame.rail)
        self._banner.show(state.shown_problem, frame.banner)
        self._show_page(state, frame.page)
        self._show_welcome(state, size_px)
