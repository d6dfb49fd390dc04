"""Which classes a number key gives to the photograph on the desk. Pure."""

from dataclasses import dataclass

from gui.contribute.state import ContributeState
from gui.contribute.values import Doubtful

MAX_CHOICES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One class, and why it is offered."""

    class_name: str
    why: str = ""


def list_choices(state: ContributeState) -> tuple[Choice, ...]:
    """Return the classes, the likeliest first: the key 1 gives the first one.

    For a doubtful label these are the label itself and what the model says; otherwise what a model
    finds likely, then the classes that are most frequent in this source. None before the model has
    answered: a key must not change its meaning under a finger.
    """
    shown = state.shown
    if shown is None or not state.may_label:
        return ()
    offered: dict[str, str] = {}
    if isinstance(shown, Doubtful):
        if shown.class_name is not None:
            offered[shown.class_name] = "its label"
        if shown.predicted_class_name is not None:
            offered.setdefault(shown.predicted_class_name, "the model's word")
    elif state.guesses[0] == shown.sha256:
        offered.update(dict.fromkeys(state.guesses[1], ""))
        for class_name, _ in state.tally.by_class:
            offered.setdefault(class_name, "")
    choices = (Choice(class_name=class_name, why=why) for class_name, why in offered.items())
    return tuple(choices)[:MAX_CHOICES]
