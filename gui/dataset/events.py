"""Everything that can happen to the tab on what the model has learned from, as values.

Answers carry the ``request`` that asked for them: what comes late for an older one is dropped by
``state.update``.
"""

from dataclasses import dataclass
from pathlib import Path

from gui.dataset.material import Material
from gui.dataset.views import Choice, View


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadStarted:
    """A worker was asked for the material."""

    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialLoaded:
    """Here it is."""

    request: int
    material: Material


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailed:
    """There is none; ``problem`` says why and what to do."""

    request: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRequested:
    """The user wants to see what is there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChosen:
    """The user wants to see this dataset version."""

    dataset_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChosen:
    """The user wants another picture."""

    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewMoved:
    """The user goes ``step`` pictures on (or back)."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceMade:
    """The user wants the picture drawn this way."""

    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class CropChosen:
    """Show this crop alone; None shows all."""

    crop: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPointedAt:
    """The pointer rests on this mark of the picture, or on none; ``sha256`` are its photographs."""

    mark: int | None
    sha256: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosBrought:
    """Of the photographs of the mark pointed at, those at hand can be shown now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequested:
    """The user wants the picture as a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenTaken:
    """What is on the screen lies in ``path``; ``box`` is the picture in it.

    Left, upper, right and lower edge, as shares of the screen.
    """

    path: Path
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSaved:
    """The picture lies here."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFailed:
    """The picture could not be written; ``problem`` says why and what to do."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = (
    LoadStarted
    | MaterialLoaded
    | LoadFailed
    | RefreshRequested
    | VersionChosen
    | ViewChosen
    | ViewMoved
    | ChoiceMade
    | CropChosen
    | MarkPointedAt
    | PhotosBrought
    | SaveRequested
    | ScreenTaken
    | PictureSaved
    | SaveFailed
    | ProblemDismissed
)
