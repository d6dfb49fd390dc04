"""The tab on photographs that a person gives."""

import dearpygui.dearpygui as dpg

from gui.contribute import events
from gui.contribute.state import ContributeState
from gui.contribute.work import ContributeWork
from gui.kit.layout import Area
from gui.kit.tabs import TabView
from gui.kit.toolkit import Toolkit


class ContributePage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: ContributeWork) -> None:
        """Build the parts inside the open window."""
        self._kit = kit
        self._work = work
        with dpg.child_window(border=True) as self.root:
            self._text = dpg.add_text("")
        dpg.bind_item_theme(self.root, kit.themes.card)

    def show(self, view: TabView[ContributeState], area: Area) -> None:
        """Place it."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        dpg.set_value(self._text, view.server.url)

    def take_keys(self, *, has_ctrl: bool) -> bool:  # noqa: ARG002 (no keys of its own)
        """Leave Escape to the window."""
        return False
