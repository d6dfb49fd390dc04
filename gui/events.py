"""Everything that can happen to the window, as values: here what belongs to no tab alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gui.contribute import events as contribute_events
from gui.dataset import events as dataset_events
from gui.diagnose import events as diagnose_events
from gui.kit.server_status import ServerStatus
from gui.kit.tabs import Tab
from gui.retrain import events as retrain_events
from gui.service import events as service_events
from gui.settings import events as settings_events


@dataclass(frozen=True, slots=True, kw_only=True)
class TabSelected:
    """The user goes to another tab."""

    tab: Tab


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerReported:
    """The server was looked at."""

    status: ServerStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReported:
    """Something went wrong that belongs to no tab."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem on show."""


TabEvent = (
    diagnose_events.Event
    | dataset_events.Event
    | contribute_events.Event
    | retrain_events.Event
    | service_events.Event
    | settings_events.Event
)
# What a tab's part of the state and its work are told of.
EVENTS_OF: Mapping[Tab, Any] = {
    Tab.DIAGNOSE: diagnose_events.Event,
    Tab.DATASET: dataset_events.Event,
    Tab.CONTRIBUTE: contribute_events.Event,
    Tab.RETRAIN: retrain_events.Event,
    Tab.SERVICE: service_events.Event,
    Tab.SETTINGS: settings_events.Event,
}
Event = TabSelected | ServerReported | ProblemReported | ProblemDismissed | TabEvent
