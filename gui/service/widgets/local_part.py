"""Starts and stops the service on this computer, and shows what the command prints."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.service import events
from gui.service.command import Command
from gui.service.state import ServiceState
from gui.service.words import say_task

_LOG_HEIGHT = 150
# Its padding on both sides, and its scrollbar.
_LOG_INSET = 32
_HOW = (
    "The service with its model, its own Ray cluster and MLflow. It goes on when this window is "
    "closed."
)
_CANNOT = (
    "This installation has the window alone. To run a service here, install all of Leafray with "
    "make setup."
)
_QUESTION = "Stop it? Whoever uses it, and a training that runs, is cut off."


class LocalPart:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        px, post = kit.px, kit.post
        self._num_lines = 0
        with dpg.group() as self.root:
            heading = dpg.add_text("SERVICE ON THIS COMPUTER", color=tones.MUTED)
            dpg.add_spacer(height=px(2))
            self._how = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=px(4))
            with dpg.group(horizontal=True) as self._buttons:
                self._start = self._add_button("Start it", Command.START, "service_start")
                self._stop = self._add_button("Stop it", Command.STOP, "service_stop")
            with dpg.group(show=False) as self._question:
                self._asking = dpg.add_text(_QUESTION)
                with dpg.group(horizontal=True):
                    dpg.add_button(
                        label="Yes, stop it",
                        callback=lambda: post(events.CommandConfirmed()),
                        tag="service_yes",
                    )
                    dpg.add_button(
                        label="No",
                        callback=lambda: post(events.CommandDropped()),
                        tag="service_no",
                    )
            self._outcome = dpg.add_text("")
            with dpg.child_window(border=True, height=px(_LOG_HEIGHT), show=False) as self._log:
                self._lines = dpg.add_text("", tag="service_log")
            dpg.add_spacer(height=px(12))
        bind_font(heading, kit.fonts.section)
        for item in (self._how, self._lines):
            bind_font(item, kit.fonts.small)
        dpg.bind_item_theme(self._log, kit.themes.log)

    def _add_button(self, label: str, command: Command, tag: str) -> int | str:
        button: int | str = dpg.add_button(
            label=label,
            callback=lambda: self._kit.post(events.CommandWanted(command=command)),
            tag=tag,
        )
        return button

    def show(self, state: ServiceState, width_px: int, *, is_online: bool) -> None:
        """Show what can be done in ``width_px``."""
        task = state.task
        is_asking = state.asked is not None
        may_act = bool(state.can_run) and not state.is_working and not is_asking
        dpg.set_value(self._how, _CANNOT if state.can_run is False else _HOW)
        dpg.configure_item(self._how, wrap=width_px)
        dpg.configure_item(self._buttons, show=may_act)
        dpg.configure_item(self._start, show=not is_online)
        dpg.configure_item(self._stop, show=is_online)
        dpg.configure_item(self._question, show=is_asking)
        dpg.configure_item(self._asking, wrap=width_px)
        dpg.set_value(self._outcome, say_task(task) if task else "")
        is_bad = task is not None and not task.is_running and task.status != 0
        dpg.configure_item(
            self._outcome,
            show=task is not None,
            wrap=width_px,
            color=tones.FAILED if is_bad else tones.INK,
        )
        lines = task.lines if task else ()
        dpg.configure_item(self._log, show=bool(lines), width=width_px)
        dpg.set_value(self._lines, "\n".join(lines))
        dpg.configure_item(self._lines, wrap=width_px - self._kit.px(_LOG_INSET))
        if len(lines) != self._num_lines:
            self._num_lines = len(lines)
            # Past the end: Dear PyGui knows the new height only after the next frame.
            dpg.set_y_scroll(self._log, -1.0)
