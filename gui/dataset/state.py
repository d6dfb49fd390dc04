"""What the tab shows: one frozen value, changed by the pure ``update``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

from gui.dataset import events
from gui.dataset.material import Material
from gui.dataset.views import CHOICES, Choice, View
from gui.dataset.words import to_crop


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetState:
    """The picture on show, what it is made from, and what is under way.

    ``wanted`` is the version that the user chose, None: the one that the champion rests on.
    ``request`` counts the loads that were started. ``num_brought`` counts the photographs that
    came since: they are no part of the state, and the tip must be drawn again with them.
    """

    view: View = View.BALANCE
    choices: Mapping[View, Choice] = field(
        default_factory=lambda: {view: CHOICES[view][0] for view in View}
    )
    crop: str | None = None
    wanted: str | None = None
    request: int = 0
    is_loading: bool = False
    material: Material | None = None
    mark: int | None = None
    num_brought: int = 0
    is_saving: bool = False
    saved: Path | None = None
    problem: str | None = None

    @property
    def choice(self) -> Choice:
        """How the picture on show is drawn."""
        return self.choices[self.view]

    @property
    def crops(self) -> tuple[str, ...]:
        """What can be shown alone."""
        if self.material is None or self.material.summary is None:
            return ()
        return tuple(sorted({to_crop(count.class_name) for count in self.material.summary.counts}))

    @property
    def is_busy(self) -> bool:
        """Something is under way that the user waits for."""
        return self.is_loading or self.is_saving


def update(state: DatasetState, event: events.Event) -> DatasetState:  # noqa: C901 (one case an event)
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.LoadStarted():
            return replace(state, request=event.request, is_loading=True)
        case events.MaterialLoaded():
            return _show(state, event)
        case events.LoadFailed():
            if event.request != state.request:
                return state
            return replace(state, is_loading=False, problem=event.problem)
        case events.RefreshRequested():
            return replace(state, problem=None)
        case events.VersionChosen():
            return replace(state, wanted=event.dataset_version)
        case events.ViewChosen():
            return _turn_to(state, event.view)
        case events.ViewMoved():
            views = list(View)
            return _turn_to(state, views[(views.index(state.view) + event.step) % len(views)])
        case events.ChoiceMade():
            return _choose(state, event.choice)
        case events.CropChosen():
            is_known = event.crop is None or event.crop in state.crops
            return replace(_put_away(state), crop=event.crop) if is_known else state
        case events.MarkPointedAt():
            return replace(state, mark=event.mark)
        case events.PhotosBrought():
            return replace(state, num_brought=state.num_brought + 1)
        case events.SaveRequested():
            return state if state.material is None else replace(_put_away(state), is_saving=True)
        case events.ScreenTaken():
            return state
        case events.PictureSaved():
            return replace(state, is_saving=False, saved=event.path)
        case events.SaveFailed():
            return replace(state, is_saving=False, problem=event.problem)
        case events.ProblemDismissed():
            return replace(state, problem=None)
        case _:
            assert_never(event)


def _show(state: DatasetState, event: events.MaterialLoaded) -> DatasetState:
    if event.request != state.request:
        return state
    shown = replace(_put_away(state), is_loading=False, material=event.material)
    # Another version may lack the crop.
    return shown if shown.crop in shown.crops else replace(shown, crop=None)


def _turn_to(state: DatasetState, view: View) -> DatasetState:
    return replace(_put_away(state), view=view)


def _choose(state: DatasetState, choice: Choice) -> DatasetState:
    if choice not in CHOICES[state.view]:
        return state
    return replace(_put_away(state), choices={**state.choices, state.view: choice})


def _put_away(state: DatasetState) -> DatasetState:
    """Forget what belongs to the picture before: the mark pointed at, and where it was saved."""
    return replace(state, mark=None, saved=None)
