"""Everything that can happen to the tab on training anew, as values."""

from dataclasses import dataclass

from gui.retrain.values import Accepted, Deed, Model, Point, Report, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChosen:
    """The user looks at runs, models or the trail."""

    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChosen:
    """The user says how to train; None leaves it to the server."""

    config: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalChosen:
    """The user wants to be asked before a new model takes over, or not."""

    is_needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequested:
    """The user starts a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    """The user ends the run on show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPicked:
    """The user looks at another run."""

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The server took a run; it is looked at from now on."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTaken:
    """The server has asked a run to end; it may still be at work."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeen:
    """The server tells where a run stands."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsListed:
    """The newest runs and what was accepted; in ``refusal`` why the server does not tell."""

    runs: tuple[Run, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRead:
    """The end of what a run has printed."""

    run_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRead:
    """All figures of a run so far, and what the models mix up."""

    report: Report
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SideChosen:
    """The user wants to see what this model mixes up, the present one or the new one."""

    is_champion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsListed:
    """The model versions; in ``refusal`` why the server does not tell."""

    models: tuple[Model, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRead:
    """The trail, the newest line first; in ``refusal`` why the server does not tell."""

    deeds: tuple[Deed, ...] = ()
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteRequested:
    """The user lets a model take over."""

    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBackRequested:
    """The user gives the place back to the model before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionChanged:
    """Every replica answers with another model."""

    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailed:
    """The server did not do what was asked."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = (
    PartChosen
    | ConfigChosen
    | ApprovalChosen
    | StartRequested
    | CancelRequested
    | RunPicked
    | RunStarted
    | CancelTaken
    | RunSeen
    | RunsListed
    | LogRead
    | ReportRead
    | SideChosen
    | ModelsListed
    | TrailRead
    | PromoteRequested
    | RollBackRequested
    | ChampionChanged
    | ActionFailed
    | ProblemDismissed
)
