"""One photograph, and the classes that a key or a click gives it."""

import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from gui.contribute import events
from gui.contribute.choices import list_choices
from gui.contribute.pictures import SIDE_PX
from gui.contribute.state import ContributeState, Phase
from gui.contribute.values import Doubtful, LocalPhoto
from gui.contribute.widgets.choice_list import ChoiceList
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
_MIN_PICTURE = 110
_GAP = 8
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
        px, post = kit.px, kit.post
        with dpg.child_window(border=True) as self.root:
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
                self._choices = ChoiceList(
                    kit, lambda class_name: post(events.LabelGiven(class_name=class_name))
                )
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
        self._choices.give(choice_idx)

    def show(self, state: ContributeState, picture: NDArray[np.uint8] | None, area: Area) -> None:
        """Show the photograph on the desk."""
        dpg.set_item_pos(self.root, [area.x, area.y])
        dpg.configure_item(self.root, width=area.width, height=area.height)
        shown = state.shown
        is_review = state.phase is Phase.REVIEW
        dpg.configure_item(self._section, show=True)
        dpg.set_value(self._section, "LABELS TO LOOK AT" if is_review else "ONE BY ONE")
        for item in (self._below, self._steps, self._place):
            dpg.configure_item(item, show=shown is not None)
        for item in (self._empty, self._empty_detail):
            dpg.configure_item(item, show=shown is None)
        dpg.set_value(self._empty_detail, _ALL_SEEN if is_review else _NOTHING_READY)
        dpg.configure_item(self._image, show=shown is not None and picture is not None)
        if shown is None:
            return
        kit = self._kit
        inner_px = area.width - kit.px(2 * _PADDING)
        below_px = self._show_below(state, shown, inner_px)
        self._show_place(state, area)
        top_px, gap_px = kit.px(_TOP), kit.px(12)
        room_px = area.height - top_px - gap_px - kit.px(_PADDING + 12) - below_px
        # In a low window the card scrolls: without the photograph nobody can tell its label.
        picture_px = max(room_px, kit.px(_MIN_PICTURE))
        dpg.set_item_pos(self._below, [kit.px(_PADDING), top_px + picture_px + gap_px])
        if picture is not None:
            self._show_picture(picture, inner_px, top_px, picture_px)

    def _show_place(self, state: ContributeState, area: Area) -> None:
        place, kit = say_place(state), self._kit
        width, height = measure_text(place, kit.fonts.small)
        steps_px = area.width - kit.px(2 * _STEP_BUTTON + 8 + 16)
        place_px = steps_px - round(width) - kit.px(12)
        section_px = measure_text(dpg.get_value(self._section), kit.fonts.section)[0]
        has_room = place_px > kit.px(_PADDING + 12) + section_px
        dpg.configure_item(self._section, show=has_room)
        dpg.set_value(self._place, place)
        dpg.set_item_pos(self._steps, [steps_px, kit.px(_STEPS_Y)])
        middle_px = kit.px(_STEPS_Y + _ROW // 2)
        dpg.set_item_pos(self._place, [place_px, middle_px - round(height / 2)])

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
        reason = say_photo(shown)
        dpg.set_value(self._name, elide(shown.name, inner_px, kit.fonts.small))
        dpg.set_value(self._label, f"Label: {say_class(shown.class_name)}")
        dpg.set_value(self._reason, reason)
        dpg.configure_item(self._reason, wrap=inner_px, show=bool(reason))
        half_px = (inner_px - kit.px(_GAP)) // 2
        choices_px = self._choices.show(list_choices(state), inner_px)
        dpg.configure_item(self._combo, width=half_px)
        dpg.configure_item(self._leave_out, width=half_px)
        dpg.configure_item(self._keys, wrap=inner_px)
        for item in (self._others, self._keys):
            dpg.configure_item(item, show=state.may_label)
        texts = [("x", kit.fonts.small), ("x", kit.fonts.body)]
        texts += [(reason, kit.fonts.small)] if reason else []
        texts += [(_KEYS, kit.fonts.small)] if state.may_label else []
        heights = (measure_text(text, font, wrap_px=inner_px)[1] for text, font in texts)
        others_px = kit.px(_ROW + 6) if state.may_label else 0
        return round(sum(heights)) + kit.px(6 * len(texts) + 8) + choices_px + others_px

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
