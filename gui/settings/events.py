"""Everything that can happen to the settings, as values.

A key that was typed is in an event on its way to where it is kept, never in the state.
"""

from dataclasses import dataclass, field

from gui.kit.look import Theme
from gui.settings.key_store import KeyPlace
from gui.settings.preferences import ThemeChoice
from gui.settings.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerChosen:
    """The user wants to work with this server; None: with this laptop alone."""

    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOpened:
    """The user changes this server; None: adds one."""

    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormClosed:
    """The user leaves the form as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted:
    """The user saves the form; ``key`` empty: the one that is kept stays."""

    name: str
    address: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRemoved:
    """The user wants a server no more."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForgotten:
    """The user wants the key of this address kept no more."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysFound:
    """The addresses that have a key, as keys are named."""

    urls: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyKept:
    """The key of this address is kept there from now on; None: nowhere."""

    url: str
    place: KeyPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequested:
    """The user wants a server looked at; ``name`` None: the one in the form.

    ``key`` empty: the one that is kept.
    """

    name: str | None
    address: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinished:
    """The look that ``probe`` counts has ended."""

    probe: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeChosen:
    """The user wants it light, dark, or as the system."""

    theme: ThemeChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemThemeFound:
    """The system asks for light or dark; None: it does not tell."""

    theme: Theme | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextScaleChosen:
    """The user wants text and what holds it larger or smaller."""

    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayScaleChosen:
    """The user says how fine the screen is; None: as the screen says."""

    scale: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """The user wants to see the folder with the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeRequested:
    """The user wants to see the welcome again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeMoved:
    """The user goes ``step`` pages on (or back)."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeEnded:
    """The user has read or skipped the welcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFound:
    """Something that the user asked for could not be done."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = (
    ServerChosen
    | FormOpened
    | FormClosed
    | FormSubmitted
    | ServerRemoved
    | KeyForgotten
    | KeysFound
    | KeyKept
    | ProbeRequested
    | ProbeFinished
    | ThemeChosen
    | SystemThemeFound
    | TextScaleChosen
    | DisplayScaleChosen
    | HomeOpened
    | WelcomeRequested
    | WelcomeMoved
    | WelcomeEnded
    | ProblemFound
    | ProblemDismissed
)
