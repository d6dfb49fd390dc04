"""The tab on the cluster: figures and their last minutes, the model, pages, the service here."""

from datetime import UTC, datetime

import dearpygui.dearpygui as dpg

from gui.kit.api_key import is_loopback
from gui.kit.layout import Area
from gui.kit.plot_look import create_plot_theme
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.toolkit import Toolkit
from gui.service import events
from gui.service.curves import PLOTS
from gui.service.layout import ServiceLayout, measure
from gui.service.links import list_links
from gui.service.state import ServiceState
from gui.service.widgets.links_part import LinksPart
from gui.service.widgets.local_part import LocalPart
from gui.service.widgets.model_part import ModelPart
from gui.service.widgets.notice_card import NoticeCard
from gui.service.widgets.plot_card import PlotCard
from gui.service.widgets.stages_part import StagesPart
from gui.service.widgets.tile_card import TileCard
from gui.service.words import find_notice, list_tiles
from gui.service.work import ServiceWork

_NUM_TILES = 6
_PADDING = 20
_SCROLLBAR = 10


class ServicePage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: ServiceWork) -> None:  # noqa: ARG002
        """Build the parts inside the open window; everything shown is in the state."""
        self._kit = kit
        plot_theme = create_plot_theme(kit.scale)
        with dpg.child_window(border=False) as self.root:
            self._notice = NoticeCard(kit)
            self._tiles = [TileCard(kit, tag=f"tile_{idx}") for idx in range(_NUM_TILES)]
            self._plots = [
                PlotCard(kit, content, plot_theme, tag=f"plot_{idx}")
                for idx, content in enumerate(PLOTS)
            ]
            with dpg.child_window(border=True) as self._side:
                self._model = ModelPart(kit)
                self._local = LocalPart(kit)
                self._stages = StagesPart(kit)
                self._links = LinksPart(kit)
        dpg.bind_item_theme(self.root, kit.themes.plain)
        dpg.bind_item_theme(self._side, kit.themes.card)

    def show(self, view: TabView[ServiceState], area: Area) -> None:
        """Show the figures of the server, or why there are none."""
        state, server = view.part, view.server
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inside = Area(x=0, y=0, width=area.width, height=area.height, gap=area.gap)
        notice = find_notice(state, server)
        layout = measure(
            inside,
            scale=self._kit.scale,
            num_tiles=_NUM_TILES,
            num_plots=len(PLOTS),
            has_figures=notice is None,
        )
        self._notice.show(notice, layout.notice)
        self._show_figures(state, layout, has_figures=notice is None)
        dpg.set_item_pos(self._side, [layout.side.x, layout.side.y])
        dpg.configure_item(self._side, width=layout.side.width, height=layout.side.height)
        inner = layout.side.width - self._kit.px(2 * _PADDING + _SCROLLBAR) - 2
        is_online = server.mode is ServerMode.ONLINE
        has_model = is_online and state.url == server.url
        dpg.configure_item(self._model.root, show=has_model)
        if has_model:
            self._model.show(state, datetime.now(UTC), inner)
        dpg.configure_item(self._stages.root, show=notice is None)
        if notice is None:
            self._stages.show(state.recent, inner)
        self._links.show(list_links(server.url) if is_online else (), inner)
        is_here = not server.url or is_loopback(server.url)
        dpg.configure_item(self._local.root, show=is_here)
        if is_here:
            self._local.show(state, inner, is_online=is_online)

    def take_keys(self, *, has_ctrl: bool, is_walking: bool) -> bool:  # noqa: ARG002 (has no keys)
        """Leave Escape to the window, which drops the question."""
        return False

    def _show_figures(
        self, state: ServiceState, layout: ServiceLayout, *, has_figures: bool
    ) -> None:
        tiles = list_tiles(state.point) if has_figures else (None,) * _NUM_TILES
        for card, tile, area in zip(self._tiles, tiles, layout.tiles, strict=True):
            card.show(tile, area)
        points = state.points if has_figures else ()
        for plot, area in zip(self._plots, layout.plots, strict=True):
            plot.show(points, area)
