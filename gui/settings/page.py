"""The settings: servers on the left, look and data on the right."""

import dearpygui.dearpygui as dpg

from gui.kit.layout import Area
from gui.kit.tabs import TabView
from gui.kit.toolkit import Toolkit
from gui.settings import events
from gui.settings.layout import measure
from gui.settings.state import SettingsState
from gui.settings.widgets.data_card import DataCard
from gui.settings.widgets.look_card import LookCard
from gui.settings.widgets.server_form import ServerForm
from gui.settings.widgets.server_list import ServerList
from gui.settings.work import SettingsWork

_PADDING = 20


class SettingsPage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: SettingsWork) -> None:  # noqa: ARG002
        """Build the parts inside the open window; everything shown is in the state."""
        self._kit = kit
        with (
            dpg.child_window(border=False) as self.root,
            dpg.group(horizontal=True) as self._columns,
        ):
            with dpg.child_window(border=True, auto_resize_y=True) as self._servers:
                self._list = ServerList(kit)
                self._form = ServerForm(kit)
            with dpg.group() as self._right:
                with dpg.child_window(border=True, auto_resize_y=True) as self._look_card:
                    self._look = LookCard(kit)
                dpg.add_spacer(height=kit.px(4))
                with dpg.child_window(border=True, auto_resize_y=True) as self._data_card:
                    self._data = DataCard(kit)
        dpg.bind_item_theme(self.root, kit.themes.plain)
        for card in (self._servers, self._look_card, self._data_card):
            dpg.bind_item_theme(card, kit.themes.card)

    def show(self, view: TabView[SettingsState], area: Area) -> None:
        """Show the settings."""
        state = view.part
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        layout = measure(area, scale=self._kit.scale)
        dpg.configure_item(
            self._columns, horizontal=layout.has_two_columns, horizontal_spacing=layout.gap
        )
        dpg.configure_item(self._servers, width=layout.left_width)
        for card in (self._look_card, self._data_card):
            dpg.configure_item(card, width=layout.right_width)
        inner = 2 * self._kit.px(_PADDING) + 2
        has_form = state.form is not None
        dpg.configure_item(self._list.root, show=not has_form)
        dpg.configure_item(self._form.root, show=has_form)
        self._list.show(state, layout.left_width - inner)
        self._form.show(state, layout.left_width - inner)
        self._look.show(state, layout.right_width - inner)
        self._data.show(state, layout.right_width - inner)

    def take_keys(self, *, has_ctrl: bool, is_walking: bool) -> bool:  # noqa: ARG002 (has no keys)
        """Leave Escape to the window, which leaves the form."""
        return False
