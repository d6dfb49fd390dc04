"""What was uploaded to this server before: one that is not ended is gone on with."""

import dearpygui.dearpygui as dpg

from gui.contribute import events
from gui.contribute.state import ContributeState
from gui.contribute.values import Upload
from gui.contribute.words import say_upload_line
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.theme import bind_font
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.paged_table import Column, PagedTable

_PADDING = 20
_NUM_ROWS = 12
_AWAY = "The server is away. Your folder can be looked through and labelled meanwhile."
_ASKING = "Asking the server ..."
_NONE = "Nobody has given photographs to this server yet. Yours are the first."
_HOW = (
    "Click a line to go on with it: look at doubtful labels, take it into the data, or give it up."
)


class UploadsCard:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._uploads: tuple[Upload, ...] = ()
        with dpg.child_window(border=True) as self.root:
            section = dpg.add_text("UPLOADS ON THIS SERVER", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(4))
            self._words = dpg.add_text("", color=tones.MUTED)
            dpg.add_spacer(height=kit.px(8))
            self._table = PagedTable(
                kit,
                (
                    Column(heading="When", weight=1.5),
                    Column(heading="Photos", weight=0.9),
                    Column(heading="Where it stands", weight=1.8),
                    Column(heading="From", weight=1.2, is_cut=True),
                ),
                num_rows=_NUM_ROWS,
                on_pick=self._open,
            )
        dpg.bind_item_theme(self.root, kit.themes.card)
        bind_font(section, kit.fonts.section)

    def show(self, view: TabView[ContributeState], area: Area) -> None:
        """Bring it up to date."""
        state = view.part
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        inner_px = area.width - self._kit.px(2 * _PADDING)
        dpg.configure_item(self._words, wrap=inner_px)
        is_online = view.server.mode is ServerMode.ONLINE
        self._uploads = (state.uploads or ()) if is_online else ()
        dpg.set_value(self._words, _say(state, is_online=is_online))
        rows = [(*say_upload_line(upload), upload.created_by) for upload in self._uploads]
        self._table.show(rows, inner_px)

    def _open(self, row_idx: int) -> None:
        if row_idx < len(self._uploads):
            self._kit.post(events.UploadOpened(upload=self._uploads[row_idx]))


def _say(state: ContributeState, *, is_online: bool) -> str:
    if not is_online:
        return _AWAY
    if state.refusal is not None:
        return state.refusal
    if state.uploads is None:
        return _ASKING
    return _HOW if state.uploads else _NONE
