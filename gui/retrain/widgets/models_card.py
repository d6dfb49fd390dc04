"""All models of the registry: which one answers, which one did before."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.paged_table import Column, PagedTable
from gui.retrain import events
from gui.retrain.state import RetrainState
from gui.retrain.values import Model
from gui.retrain.words import find_alias, say_model_line

_PADDING = 20
_SCROLLBAR = 12
_NUM_ROWS = 14
_AWAY = "The server is away. Its models are shown when it answers again."
_ASKING = "Asking the server ..."
_NONE = "The server has no models in its registry yet."
_HOW = "Click a line to let that model take over. No answer is lost: models change one by one."


class ModelsCard:
    """Built once; ``show`` fills it."""

    def __init__(
        self,
        kit: Toolkit[events.Event],
        *,
        promote: Callable[[str], None],
        roll_back: Callable[[str], None],
    ) -> None:
        """Build the parts inside the open container; both callbacks ask before they act."""
        self._kit = kit
        self._models: tuple[Model, ...] = ()
        self._promote = promote
        with dpg.child_window(border=True) as self.root:
            section = dpg.add_text("MODELS", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(4))
            self._words = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(8))
            self._roll_back = dpg.add_button(
                label="Go back to the model before",
                width=kit.px(250),
                callback=lambda: roll_back(find_alias(self._models, "previous") or ""),
            )
            dpg.add_spacer(height=kit.px(8))
            self._table = PagedTable(
                kit,
                (
                    Column(heading="Model", weight=2.2),
                    Column(heading="Place", weight=1.2),
                    Column(heading="Made", weight=1.4),
                    Column(heading="Right", weight=0.8),
                    Column(heading="F1", weight=0.7),
                ),
                num_rows=_NUM_ROWS,
                on_pick=self._pick,
            )
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(section, kit.fonts.section)

    def show(self, view: TabView[RetrainState], area: Area) -> None:
        """Bring it up to date."""
        state = view.part
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING + _SCROLLBAR)
        dpg.configure_item(self._words, wrap=inner_px)
        is_online = view.server.mode is ServerMode.ONLINE
        self._models = state.models or ()
        dpg.set_value(self._words, _say(state, is_online=is_online))
        has_previous = find_alias(self._models, "previous") is not None
        may_act = is_online and state.acting is None
        dpg.configure_item(self._roll_back, show=has_previous and may_act)
        self._table.show([say_model_line(model) for model in self._models], inner_px)

    def _pick(self, row_idx: int) -> None:
        if row_idx < len(self._models) and "champion" not in self._models[row_idx].aliases:
            self._promote(self._models[row_idx].model_version)


def _say(state: RetrainState, *, is_online: bool) -> str:
    if not is_online:
        return _AWAY
    if state.models_refusal is not None:
        return state.models_refusal
    if state.models is None:
        return _ASKING
    return _HOW if state.models else _NONE
