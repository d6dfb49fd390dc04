"""Which dataset version, which crop, and the way to a file."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from gui.dataset import events
from gui.dataset.lineage import find_version, say_lineage, say_version
from gui.dataset.state import DatasetState
from gui.dataset.words import name_crop
from gui.kit import tones
from gui.kit.layout import Area
from gui.kit.theme import Fonts, Themes, bind_font
from gui.kit.tones import Tone
from gui.kit.widgets.placing import elide

_ALL_CROPS = "All crops"
_CROP_WIDTH = 150
_SAVE_WIDTH = 140
_SPACING = 8


class VersionBar:
    """Built once; ``show`` brings it up to date."""

    def __init__(
        self, post: Callable[[events.Event], None], fonts: Fonts, themes: Themes, scale: float
    ) -> None:
        """Build the parts inside the open container."""
        self._post = post
        self._fonts = fonts
        self._scale = scale
        self._versions: dict[str, str] = {}
        self._crops: dict[str, str | None] = {}
        with (
            dpg.child_window(border=False, no_scrollbar=True) as self.root,
            dpg.group(horizontal=True, horizontal_spacing=round(_SPACING * scale)),
        ):
            self._version = dpg.add_combo(callback=self._choose_version, tag="dataset_version")
            self._crop = dpg.add_combo(
                callback=self._choose_crop, width=round(_CROP_WIDTH * scale), tag="dataset_crop"
            )
            self._save = dpg.add_button(
                label="Save as PNG",
                callback=lambda: post(events.SaveRequested()),
                width=round(_SAVE_WIDTH * scale),
                tag="dataset_save",
            )
        dpg.bind_item_theme(self.root, themes.plain)
        self.words = dpg.add_text("", pos=(0, 0), color=tones.MUTED, tag="dataset_lineage")
        bind_font(self.words, fonts.small)

    def show(self, state: DatasetState, bar: Area, lineage: Area) -> None:
        """Show what can be chosen and what is."""
        dpg.set_item_pos(self.root, [bar.x, bar.y])
        dpg.configure_item(self.root, width=bar.width, height=bar.height)
        others = round((_CROP_WIDTH + _SAVE_WIDTH + 2 * _SPACING) * self._scale)
        material = state.material
        versions = material.versions if material else ()
        self._versions = {say_version(item): item.dataset_version for item in versions}
        chosen = find_version(versions, material.chosen if material else None)
        dpg.configure_item(
            self._version, items=list(self._versions), width=max(1, bar.width - others)
        )
        dpg.set_value(self._version, say_version(chosen) if chosen else "")
        self._crops = {_ALL_CROPS: None, **{name_crop(crop): crop for crop in state.crops}}
        dpg.configure_item(self._crop, items=list(self._crops))
        dpg.set_value(self._crop, name_crop(state.crop) if state.crop else _ALL_CROPS)
        dpg.configure_item(self._save, label="Saving ..." if state.is_saving else "Save as PNG")
        dpg.set_item_pos(self.words, [lineage.x, lineage.y])
        words = say_lineage(material) if material else ""
        if state.saved is not None:
            words = f"Saved as {state.saved}"
        tone = tones.MUTED if state.saved is None else Tone.KNOWN.colour
        dpg.configure_item(self.words, color=tone)
        dpg.set_value(self.words, elide(words, lineage.width, self._fonts.small))

    def _choose_version(self, _sender: int, label: str) -> None:
        version = self._versions.get(label)
        if version is not None:
            self._post(events.VersionChosen(dataset_version=version))

    def _choose_crop(self, _sender: int, label: str) -> None:
        if label in self._crops:
            self._post(events.CropChosen(crop=self._crops[label]))
