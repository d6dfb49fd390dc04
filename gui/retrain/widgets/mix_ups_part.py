"""What the models of a run take for what: one picture, of the present model or of the new one."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.matrix import Matrix
from gui.kit.plot_look import create_plot_theme
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.matrix_chart import MatrixChart
from gui.retrain import events
from gui.retrain.mix_ups import draw_mix_ups, say_mix_ups
from gui.retrain.state import RetrainState

_BUTTON = 150
_MAX_HEIGHT = 460
_ROW, _AROUND = 26, 34
_HOW = "Rows: what is on the photograph. Columns, by number: what the model says. Wheel: zoom."


class MixUpsPart:
    """Built once; hidden until a run was judged."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container, hidden."""
        self._kit = kit
        self._shown: tuple[Matrix, int] | None = None
        px = kit.px
        with dpg.group(show=False) as self.root:
            heading = dpg.add_text("What is taken for what", color=tones.INK)
            dpg.add_spacer(height=px(2))
            self._insight = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=px(4))
            with dpg.group(horizontal=True) as self._sides:
                self._present = self._add_side("Present model", is_champion=True)
                self._new = self._add_side("New model", is_champion=False)
            dpg.add_spacer(height=px(4))
            self._chart = MatrixChart(kit.fonts, create_plot_theme(kit.scale), kit.scale)
            self._how = dpg.add_text(_HOW, color=tones.MUTED)
            dpg.add_spacer(height=px(14))
        bind_font(heading, kit.fonts.section)
        bind_font(self._how, kit.fonts.small)

    def show(self, state: RetrainState, inner_px: int) -> None:
        """Draw what the chosen model mixes up."""
        run, report = state.picked, state.report
        verdict = run.verdict if run is not None else None
        is_told = run is not None and report is not None and report.run_id == run.run_id
        is_judged = verdict is not None and is_told and bool(verdict.classes)
        dpg.configure_item(self.root, show=is_judged)
        if verdict is None or report is None or not is_judged:
            return
        is_champion = state.is_champion_shown
        matrix = draw_mix_ups(verdict, report.confusions, is_champion=is_champion)
        dpg.set_value(self._insight, say_mix_ups(verdict, report.confusions))
        for item in (self._insight, self._how):
            dpg.configure_item(item, wrap=inner_px)
        themes = self._kit.themes
        for button, is_chosen in ((self._present, is_champion), (self._new, not is_champion)):
            dpg.bind_item_theme(button, themes.option_selected if is_chosen else themes.option)
        for item in (self._sides, self._chart.root, self._how):
            dpg.configure_item(item, show=matrix is not None)
        if matrix is not None and (matrix, inner_px) != self._shown:
            self._shown = (matrix, inner_px)
            height = min(_MAX_HEIGHT, len(matrix.names) * _ROW + _AROUND)
            self._chart.fill(matrix, inner_px, self._kit.px(height))

    def settle(self) -> None:
        """Do what must wait for a frame; called after each."""
        self._chart.settle()

    def _add_side(self, label: str, *, is_champion: bool) -> int | str:
        button: int | str = dpg.add_button(
            label=label,
            width=self._kit.px(_BUTTON),
            callback=lambda: self._kit.post(events.SideChosen(is_champion=is_champion)),
        )
        return button
