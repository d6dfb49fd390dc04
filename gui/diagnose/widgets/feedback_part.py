"""Whether the answer is right, said by the user; part of the diagnosis card."""

import dearpygui.dearpygui as dpg

from gui.diagnose import events, feedback_events
from gui.diagnose.answers import Diagnosis, Origin
from gui.diagnose.feedback import Feedback, FeedbackStatus
from gui.diagnose.words import say_feedback
from gui.kit import tones
from gui.kit.theme import bind_font
from gui.kit.tones import Tone
from gui.kit.toolkit import Toolkit
from models.labels import LABELS

_QUESTION = "Is this right?"
_OTHER = "It is ..."
_QUESTION_UNKNOWN = "Do you know what it is?"
_ON_LAPTOP = "To correct an answer, diagnose the photo again while the server is online."
_CLASS_NAMES = {label.display_name: label.class_name for label in LABELS}


class FeedbackPart:
    """Built once; ``show`` offers what can be said."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container, hidden."""
        self._kit = kit
        self._diagnosis: Diagnosis | None = None
        with dpg.group(show=False) as self.root:
            self._heading = dpg.add_text("")
            dpg.add_spacer(height=kit.px(2))
            with dpg.group(horizontal=True) as self._buttons:
                self._right = dpg.add_button(
                    label="Right", tag="feedback_right", callback=self._confirm
                )
                self._other = dpg.add_combo(
                    default_value=_OTHER,
                    height_mode=dpg.mvComboHeight_Large,
                    width=kit.px(220),
                    tag="feedback_other",
                    callback=lambda _, name: self._correct(name),
                )
            self._text = dpg.add_text("")
            dpg.add_spacer(height=kit.px(12))
        bind_font(self._heading, kit.fonts.section)
        bind_font(self._text, kit.fonts.small)

    def show(self, diagnosis: Diagnosis | None, feedback: Feedback | None, width_px: int) -> None:
        """Offer to confirm or correct the answer, or say what became of it."""
        is_other = diagnosis is not self._diagnosis
        self._diagnosis = diagnosis
        dpg.configure_item(self.root, show=diagnosis is not None)
        if diagnosis is None:
            return
        dpg.set_value(self._heading, _QUESTION if diagnosis.is_known else _QUESTION_UNKNOWN)
        is_open = diagnosis.request_id is not None and (
            feedback is None or feedback.status is FeedbackStatus.FAILED
        )
        dpg.configure_item(self._buttons, show=is_open)
        # Nobody can confirm that a leaf is unknown: only what it is helps.
        dpg.configure_item(self._right, show=diagnosis.is_known)
        if is_other:
            dpg.configure_item(self._other, items=_order_names(diagnosis))
            dpg.set_value(self._other, _OTHER)
        text = _ON_LAPTOP if diagnosis.origin is Origin.LAPTOP else say_feedback(feedback)
        has_failed = feedback is not None and feedback.problem is not None
        colour = Tone.FAILED.colour if has_failed else tones.MUTED
        dpg.configure_item(self._text, show=bool(text), wrap=width_px, color=colour)
        dpg.set_value(self._text, text)

    def _confirm(self) -> None:
        if self._diagnosis is not None:
            self._say(self._diagnosis.top[0].class_name)

    def _correct(self, display_name: str) -> None:
        class_name = _CLASS_NAMES.get(display_name)
        if class_name is not None:
            self._say(class_name)

    def _say(self, class_name: str) -> None:
        if self._diagnosis is not None and self._diagnosis.request_id is not None:
            self._kit.post(
                feedback_events.FeedbackGiven(
                    request_id=self._diagnosis.request_id, class_name=class_name
                )
            )


def _order_names(diagnosis: Diagnosis) -> list[str]:
    """Return what it could be instead, the likeliest first, then all others by name."""
    names = [score.display_name for score in diagnosis.top if score.display_name in _CLASS_NAMES]
    first = names[1:] if diagnosis.is_known else names
    return [*first, *sorted(_CLASS_NAMES.keys() - set(names))]
