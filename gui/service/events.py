"""Everything that can happen to the tab on the cluster, as values.

What a server told carries its address: what comes late from another one is dropped.
"""

from dataclasses import dataclass

from gui.service.command import Command
from gui.service.facts import ModelFacts
from gui.service.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresRead:
    """The server told its figures."""

    url: str
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTold:
    """The server told which model answers, and whether it does; None where it did not."""

    url: str
    facts: ModelFacts | None
    is_ready: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresMissed:
    """The server told no figures this time."""

    url: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequested:
    """The user wants to see this page in the browser."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesFound:
    """Whether this installation can start a service."""

    can_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandWanted:
    """The user wants to start or stop the service on this computer; stopping is asked about."""

    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandConfirmed:
    """The user means it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDropped:
    """The user does not mean it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesPrinted:
    """The command has printed these."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnded:
    """The command has ended; None: it could not be started."""

    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFound:
    """Something that the user asked for could not be done."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = (
    FiguresRead
    | FiguresMissed
    | ModelTold
    | PageRequested
    | PackagesFound
    | CommandWanted
    | CommandConfirmed
    | CommandDropped
    | LinesPrinted
    | CommandEnded
    | ProblemFound
    | ProblemDismissed
)
