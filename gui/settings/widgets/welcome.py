"""The welcome of the first start: three short pages over the window, which can be skipped."""

from collections.abc import Callable
from functools import partial

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.mark import add_mark
from gui.settings import events
from gui.settings.preferences import MAX_SERVERS
from gui.settings.state import NUM_WELCOME_PAGES, SettingsState
from gui.settings.welcome_words import PAGES, SERVER_PAGE
from gui.settings.words import LAPTOP_NAME

_WIDTH, _HEIGHT = 620, 440
_PADDING = 36
_MARK = 52
_BUTTON_WIDTH = 128


class Welcome:
    """Built once; above everything while the state has a page of it."""

    def __init__(self, kit: Toolkit[events.Event], show_leaf: Callable[[], None]) -> None:
        """Build the window, hidden; ``show_leaf`` brings the user to the first photo."""
        self._kit = kit
        self._show_leaf = show_leaf
        self._page: int | None = None
        self._names: tuple[str | None, ...] = ()
        px = kit.px
        with dpg.window(
            modal=True,
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_scrollbar=True,
            width=px(_WIDTH),
            height=px(_HEIGHT),
            tag="welcome",
        ) as self.root:
            self._mark = add_mark(px(_MARK), tones.ACCENT, tones.WHITE)
            dpg.set_item_pos(self._mark, [px(_PADDING), px(28)])
            self._step = dpg.add_text("", pos=(px(_PADDING + 72), px(30)), color=tones.MUTED)
            self._title = dpg.add_text("", pos=(px(_PADDING + 72), px(50)))
            wrap = px(_WIDTH - 2 * _PADDING)
            with dpg.group(pos=(px(_PADDING), px(106))):
                self._paragraphs = [dpg.add_text("", wrap=wrap) for _ in range(3)]
                with dpg.child_window(
                    border=False, height=px(180), width=wrap, show=False
                ) as self._choices:
                    self._servers = [
                        dpg.add_button(
                            label="",
                            width=px(_WIDTH - 2 * _PADDING - 14),
                            callback=partial(self._choose, idx),
                            show=False,
                            tag=f"welcome_server_{idx}",
                        )
                        for idx in range(MAX_SERVERS + 1)
                    ]
            self._add_buttons()
        bind_font(self._step, kit.fonts.small)
        bind_font(self._title, kit.fonts.title)

    def _add_buttons(self) -> None:
        px, post = self._kit.px, self._kit.post
        y = px(_HEIGHT - 72)
        self._skip = dpg.add_button(
            label="Skip (Esc)",
            width=px(_BUTTON_WIDTH),
            pos=(px(_PADDING), y),
            callback=lambda: post(events.WelcomeEnded()),
            tag="welcome_skip",
        )
        x = px(_WIDTH - _PADDING - 2 * _BUTTON_WIDTH - 10)
        self._back = dpg.add_button(
            label="Back",
            width=px(_BUTTON_WIDTH),
            pos=(x, y),
            callback=lambda: post(events.WelcomeMoved(step=-1)),
            tag="welcome_back",
        )
        self._next = dpg.add_button(
            label="",
            width=px(_BUTTON_WIDTH),
            pos=(x + px(_BUTTON_WIDTH + 10), y),
            callback=self._go_on,
            tag="welcome_next",
        )
        dpg.bind_item_theme(self._next, self._kit.themes.primary)

    @property
    def is_open(self) -> bool:
        """It is on the screen."""
        return self._page is not None

    def show(self, state: SettingsState, width_px: int, height_px: int) -> None:
        """Show the page of the state in the middle of the window, or hide."""
        page = state.welcome_page
        if page != self._page:
            dpg.configure_item(self.root, show=page is not None)
        self._page = page
        if page is None:
            return
        px = self._kit.px
        dpg.set_item_pos(self.root, [(width_px - px(_WIDTH)) // 2, (height_px - px(_HEIGHT)) // 2])
        title, paragraphs = PAGES[page]
        dpg.set_value(self._step, f"{page + 1} of {NUM_WELCOME_PAGES}")
        dpg.set_value(self._title, title)
        for idx, item in enumerate(self._paragraphs):
            is_used = idx < len(paragraphs)
            dpg.configure_item(item, show=is_used)
            dpg.set_value(item, paragraphs[idx] + "\n " if is_used else "")
        is_last = page == NUM_WELCOME_PAGES - 1
        dpg.configure_item(self._back, show=page > 0)
        dpg.configure_item(self._next, label="Show me a leaf" if is_last else "Next")
        self._show_servers(state, is_shown=page == SERVER_PAGE)

    def take_keys(self) -> None:
        """Enter goes on, left and right turn pages, Escape skips."""
        if dpg.is_key_pressed(dpg.mvKey_Escape):
            self._kit.post(events.WelcomeEnded())
        elif dpg.is_key_pressed(dpg.mvKey_Return):
            self._go_on()
        else:
            step = dpg.is_key_pressed(dpg.mvKey_Right) - dpg.is_key_pressed(dpg.mvKey_Left)
            if step:
                self._kit.post(events.WelcomeMoved(step=step))

    def _show_servers(self, state: SettingsState, *, is_shown: bool) -> None:
        dpg.configure_item(self._choices, show=is_shown)
        if not is_shown:
            return
        preferences = state.preferences
        self._names = (*(server.name for server in preferences.servers), None)
        labels = (*(server.name for server in preferences.servers), LAPTOP_NAME)
        themes = self._kit.themes
        for idx, button in enumerate(self._servers):
            is_used = idx < len(labels)
            dpg.configure_item(button, show=is_used, label=labels[idx] if is_used else "")
            is_chosen = is_used and self._names[idx] == preferences.server_name
            dpg.bind_item_theme(button, themes.option_selected if is_chosen else themes.option)

    def _choose(self, idx: int) -> None:
        self._kit.post(events.ServerChosen(name=self._names[idx]))

    def _go_on(self) -> None:
        if self._page == NUM_WELCOME_PAGES - 1:
            self._kit.post(events.WelcomeEnded())
            self._show_leaf()
        else:
            self._kit.post(events.WelcomeMoved(step=1))
