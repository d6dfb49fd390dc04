"""One photograph, and the classes that a key or a click gives it."""

from collections.abc import Mapping

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.contribute import events
from gui.contribute.choices import MAX_CHOICES, Choice, list_choices
from gui.contribute.pictures import SIDE_PX
from gui.contribute.state import ContributeState, Phase
from gui.contribute.values import Doubtful, LocalPhoto
from gui.contribute.words import say_class, say_photo, say_place
from gui.kit import tones
from gui.kit.layout import Area, fit
from gui.kit.textures import Slot
from gui.kit.theme import bind_font
from gui.kit.tones import Tone
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.placing import elide, measure_text
from models.labels import LABELS

_PADDING = 20
_TOP = 62
_STEPS_Y = 10
_ROW = 40
_NUM_ROWS = MAX_CHOICES // 2
_GAP = 8
_BUTTON_PADDING = 14
_STEP_BUTTON = 76
_ANOTHER = "Another class ..."
_KEYS = "Number keys give a label, arrows go on, 0 leaves the photograph out."
_NOTHING = "Nothing to look at"
_NOTHING_READY = "No photograph needs a label from you."
_ALL_SEEN = "Every label was looked at."


class DeskCard:
    """Built once; ``show`` fills it."""

    def __init__(self, kit: Toolkit[events.Event], slot: Slot) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._slot = slot
        self._shown: NDArray[np.uint8] | None = None
        self._uv = (1.0, 1.0)
        self._class_names: tuple[str, ...] = ()
        px, post = kit.px, kit.post
        with dpg.child_window(border=True, no_scrollbar=True) as self.root:
            self._section = dpg.add_text("", color=tones.MUTED)
            self._place = dpg.add_text("", color=tones.MUTED, pos=(0, 0))
            with dpg.group(horizontal=True, pos=(0, 0)) as self._steps:
                for label, step in (("Back", -1), ("Next", 1)):
                    self._add_step(label, step)
            self._image = dpg.add_image(slot.tag, pos=(0, 0), show=False)
            with dpg.group(pos=(0, 0)) as self._below:
                self._name = dpg.add_text("", color=tones.MUTED)
                self._label = dpg.add_text("", color=tones.INK)
                self._reason = dpg.add_text("", color=Tone.UNKNOWN.colour)
                dpg.add_spacer(height=px(2))
                self._choices = [
                    choice for row_idx in range(_NUM_ROWS) for choice in self._add_row(row_idx)
                ]
                with dpg.group(horizontal=True) as self._others:
                    self._combo = dpg.add_combo(
                        [label.display_name for label in LABELS],
                        default_value=_ANOTHER,
                        callback=self._choose_other,
                    )
                    self._leave_out = dpg.add_button(
                        label="0   Leave it out",
                        height=px(_ROW),
                        callback=lambda: post(events.LabelGiven(class_name=None)),
                    )
                self._keys = dpg.add_text(_KEYS, color=tones.MUTED)
            self._empty = dpg.add_text(_NOTHING, color=tones.INK, show=False)
            self._empty_detail = dpg.add_text("", color=tones.MUTED, show=False)
        dpg.bind_item_theme(self.root, kit.themes.card)
        for item in (self._section, self._empty):
            bind_font(item, kit.fonts.section)
        dpg.bind_item_theme(self._leave_out, kit.themes.choice)
        bind_font(self._others, kit.fonts.small)
        for item in (self._name, self._reason, self._keys, self._place):
            bind_font(item, kit.fonts.small)

    def give_choice(self, choice_idx: int) -> None:
        """Give the photograph the class of a number key, counted from 0."""
        if choice_idx < len(self._class_names):
            class_name = self._class_names[choice_idx]
            self._kit.post(events.LabelGiven(class_name=class_name))

    def show(self, state: ContributeState, picture: NDArray[np.uint8] | None, area: Area) -> None:
        """Show the photograph on the desk."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        shown = state.shown
        is_review = state.phase is Phase.REVIEW
        dpg.set_value(self._section, "LABELS TO LOOK AT" if is_review else "ONE BY ONE")
        for item in (self._below, self._steps, self._place):
            dpg.configure_item(item, show=shown is not None)
        for item in (self._empty, self._empty_detail):
            dpg.configure_item(item, show=shown is None)
        dpg.set_value(self._empty_detail, _ALL_SEEN if is_review else _NOTHING_READY)
        dpg.configure_item(self._image, show=shown is not None and picture is not None)
        if shown is None:
            return
        inner_px = area.width - self._kit.px(2 * _PADDING)
        below_px = self._show_below(state, shown, inner_px)
        self._show_place(state, area)
        top_px = self._kit.px(_TOP)
        bottom_px = area.height - self._kit.px(_PADDING) - below_px
        dpg.set_item_pos(self._below, [self._kit.px(_PADDING), bottom_px])
        if picture is not None:
            self._show_picture(picture, inner_px, top_px, bottom_px - self._kit.px(12) - top_px)

    def _show_place(self, state: ContributeState, area: Area) -> None:
        place, kit = say_place(state), self._kit
        width, height = measure_text(place, kit.fonts.small)
        left_px = area.width - kit.px(2 * _STEP_BUTTON + 8 + 16)
        dpg.set_value(self._place, place)
        dpg.set_item_pos(self._steps, [left_px, kit.px(_STEPS_Y)])
        middle_px = kit.px(_STEPS_Y + _ROW // 2)
        dpg.set_item_pos(
            self._place, [left_px - round(width) - kit.px(12), middle_px - round(height / 2)]
        )

    def _show_picture(
        self, picture: NDArray[np.uint8], width_px: int, top_px: int, height_px: int
    ) -> None:
        if picture is not self._shown:
            self._uv = self._slot.show(picture)
            self._shown = picture
        # A small photograph is not blown up beyond what helps the eye.
        box = min(width_px, self._kit.px(SIDE_PX)), min(height_px, self._kit.px(SIDE_PX))
        width, height = fit(picture.shape[1], picture.shape[0], max(1, box[0]), max(1, box[1]))
        dpg.configure_item(self._image, width=width, height=height, uv_max=self._uv)
        left_px = self._kit.px(_PADDING) + (width_px - width) // 2
        dpg.set_item_pos(self._image, [left_px, top_px + max(0, height_px - height) // 2])

    def _show_below(
        self, state: ContributeState, shown: LocalPhoto | Doubtful, inner_px: int
    ) -> int:
        """Fill what stands below the picture; return its height."""
        kit = self._kit
        choices = list_choices(state)
        self._class_names = tuple(choice.class_name for choice in choices)
        reason = say_photo(shown)
        dpg.set_value(self._name, elide(shown.name, inner_px, kit.fonts.small))
        dpg.set_value(self._label, f"Label: {say_class(shown.class_name)}")
        dpg.set_value(self._reason, reason)
        dpg.configure_item(self._reason, wrap=inner_px, show=bool(reason))
        half_px = (inner_px - kit.px(_GAP)) // 2
        # Two answers with their reasons take a row each, more take half a row.
        is_wide = len(choices) <= 2
        places = [2 * idx if is_wide else idx for idx in range(len(choices))]
        self._show_choices(
            dict(zip(places, choices, strict=True)), inner_px if is_wide else half_px
        )
        dpg.configure_item(self._combo, width=half_px)
        dpg.configure_item(self._leave_out, width=half_px)
        dpg.configure_item(self._keys, wrap=inner_px)
        for item in (self._others, self._keys):
            dpg.configure_item(item, show=state.may_label)
        num_rows = len(choices) if is_wide else -(-len(choices) // 2)
        num_rows += 1 if state.may_label else 0
        return self._measure_below(reason, num_rows, inner_px, has_keys=state.may_label)

    def _show_choices(self, by_place: Mapping[int, Choice], width_px: int) -> None:
        for place, button in enumerate(self._choices):
            choice = by_place.get(place)
            dpg.configure_item(button, show=choice is not None, width=width_px)
            if choice is not None:
                why = f" ({choice.why})" if choice.why else ""
                key = self._class_names.index(choice.class_name) + 1
                text = f"{key}   {say_class(choice.class_name)}{why}"
                room_px = width_px - self._kit.px(2 * _BUTTON_PADDING)
                dpg.configure_item(button, label=elide(text, room_px, self._kit.fonts.small))

    def _measure_below(self, reason: str, num_rows: int, inner_px: int, *, has_keys: bool) -> int:
        kit = self._kit
        texts = [("x", kit.fonts.small), ("x", kit.fonts.body)]
        texts += [(reason, kit.fonts.small)] if reason else []
        texts += [(_KEYS, kit.fonts.small)] if has_keys else []
        heights = (measure_text(text, font, wrap_px=inner_px)[1] for text, font in texts)
        return round(sum(heights)) + kit.px(6 * len(texts) + 8) + num_rows * kit.px(_ROW + 6)

    def _add_row(self, row_idx: int) -> list[int | str]:
        with dpg.group(horizontal=True):
            return [self._add_choice(2 * row_idx + column_idx) for column_idx in range(2)]

    def _give_place(self, place: int) -> None:
        self.give_choice(place // 2 if len(self._class_names) <= 2 else place)

    def _add_choice(self, choice_idx: int) -> int | str:
        button: int | str = dpg.add_button(
            height=self._kit.px(_ROW), callback=lambda: self._give_place(choice_idx)
        )
        bind_font(button, self._kit.fonts.small)
        dpg.bind_item_theme(button, self._kit.themes.choice)
        return button

    def _add_step(self, label: str, step: int) -> None:
        dpg.add_button(
            label=label,
            width=self._kit.px(_STEP_BUTTON),
            callback=lambda: self._kit.post(events.PhotoMoved(step=step)),
        )

    def _choose_other(self, _sender: int, display_name: str) -> None:
        dpg.set_value(self._combo, _ANOTHER)
        class_name = next(
            (label.class_name for label in LABELS if label.display_name == display_name), None
        )
        if class_name is not None:
            self._kit.post(events.LabelGiven(class_name=class_name))
